package dev.ashlar.lockfree.internal;

import dev.ashlar.spi.support.ThreadHeap;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What one thread, or whoever holds a stripe, allocates from: for each size class two magazines and a slab.
 *
 * <h2>Design</h2>
 *
 * <p>A round is taken from the loaded magazine and put into it. When that is empty or full, it changes places with the
 * previous one, if that is neither; else one of them goes to the depot for a full or an empty one. With two, a thread whose
 * load swings around a border comes to the depot at most once in as many operations as a magazine has rounds (Bonwick and
 * Adams, <i>Magazines and Vmem</i>, USENIX 2001, section 3.1).
 *
 * <p>A block that another thread allocated goes into this thread's magazine like any other, and serves its next request:
 * where one thread allocates and another frees, whole magazines pass from the second to the first through the depot, one CAS
 * for all their rounds.
 *
 * <p>When the depot has no full magazine, rounds come from a slab that this heap holds, so that the rounds of a thread are
 * neighbours, and the bytes that say whether they are live lie in cache lines of its own.
 *
 * <h2>Concurrency</h2>
 *
 * <p>All methods are for the thread that the heap belongs to; for a stripe, for the thread that has locked it. The heap of
 * a thread that has ended is emptied by whoever sees that it has, in {@link Heaps}.
 */
final class Heap extends ThreadHeap {

    /** Stands in the table of heaps where one was. */
    static final Heap NOBODY = new Heap();

    /** From so many rounds on, a thread should have their neighbours to itself: with fewer, it comes for others soon. */
    private static final int MANY_ROUNDS = 16;

    private final Supply supply;
    private final Magazine[] loaded;
    private final Magazine[] previous;
    private final @Nullable Slab[] held;

    /** How many views keep a virtual thread's heap. For the thread. */
    int views;

    Heap(Supply supply, @Nullable Thread thread) {
        super(thread);
        this.supply = supply;
        int sizeClasses = supply.sizeClasses().count();
        loaded = new Magazine[sizeClasses];
        previous = new Magazine[sizeClasses];
        held = new @Nullable Slab[sizeClasses];
        Arrays.fill(loaded, Magazine.NONE);
        Arrays.fill(previous, Magazine.NONE);
    }

    @SuppressWarnings("NullAway") // NOBODY is compared with, and never asked for anything
    private Heap() {
        super(null);
        supply = null;
        loaded = new Magazine[0];
        previous = new Magazine[0];
        held = new @Nullable Slab[0];
    }

    /** The loaded magazine of a class. It may be empty or full, and it is {@link Magazine#NONE} before there is one. */
    Magazine loaded(int sizeClass) {
        return loaded[sizeClass];
    }

    /**
     * Loads a magazine that is not empty. Lock-free.
     *
     * @return it, or null if that takes memory from upstream
     */
    @Nullable Magazine loadForTake(int sizeClass) {
        flushIfWanted();
        Magazine current = loaded[sizeClass];
        if (!current.isEmpty()) {
            return current;
        }
        Magazine other = previous[sizeClass];
        if (!other.isEmpty()) {
            previous[sizeClass] = current;
            loaded[sizeClass] = other;
            return other;
        }
        Depot depot = supply.depot(sizeClass);
        Magazine full = depot.takeFull();
        if (full != null) {
            depot.keepEmpty(other);
            previous[sizeClass] = current;
            loaded[sizeClass] = full;
            return full;
        }
        Magazine empty = supply.exchangeForEmpty(sizeClass, current);
        loaded[sizeClass] = empty;
        if (empty == current) {
            empty.grow(); // what it had room for was not enough
        }
        return fill(empty, sizeClass, depot) ? empty : null;
    }

    private boolean fill(Magazine magazine, int sizeClass, Depot depot) {
        Slab slab = held[sizeClass];
        if (slab == null) {
            slab = slabWithRoom(sizeClass, depot);
        }
        while (slab != null && !fillFrom(slab, magazine)) {
            slab = slabWithRoom(sizeClass, depot);
        }
        return slab != null;
    }

    private @Nullable Slab slabWithRoom(int sizeClass, Depot depot) {
        Slab slab = depot.takeSlab();
        return slab == null ? supply.memory().cut(sizeClass) : slab;
    }

    /**
     * Takes rounds from a slab, and goes on holding it if they are many: what one thread holds others have to do without.
     *
     * @return false if it has none; then it is not held any more
     */
    private boolean fillFrom(Slab slab, Magazine magazine) {
        magazine.fillFrom(slab, supply.memory().isScarce() ? 1 : magazine.size());
        boolean holds = magazine.isGrown() && magazine.count() >= MANY_ROUNDS;
        held[slab.sizeClass] = holds ? slab : null;
        if (!holds) {
            supply.letGo(slab);
        }
        return !magazine.isEmpty();
    }

    /**
     * Takes a block back that lies in no magazine with room: into another magazine, or, while memory is scarce, to its
     * slab, where any thread finds it. Lock-free, unless memory goes upstream.
     *
     * @param slab the slab it lies in
     * @param slot its slot, which the caller has taken back
     */
    void put(Slab slab, int slot) {
        flushIfWanted();
        if (supply.memory().isScarce()) {
            supply.giveBack(slab, slot);
            return;
        }
        Magazine room = loadForPut(slab.sizeClass);
        if (room.isFull()) {
            supply.giveBack(slab, slot); // there is no magazine to be had
        } else {
            room.put(slab.tag() | slot);
        }
    }

    private Magazine loadForPut(int sizeClass) {
        Magazine current = loaded[sizeClass];
        if (current.isFull()) {
            current.grow();
        }
        if (!current.isFull()) {
            return current;
        }
        Magazine other = previous[sizeClass];
        previous[sizeClass] = current;
        Magazine room = other.isFull() ? supply.exchangeForEmpty(sizeClass, other) : other;
        loaded[sizeClass] = room;
        return room;
    }

    /** Puts everything that is cached into the slabs. Lock-free, unless memory goes upstream. */
    @Override
    public void flush() {
        for (int sizeClass = 0; sizeClass < loaded.length; sizeClass++) {
            supply.empty(loaded[sizeClass]);
            supply.empty(previous[sizeClass]);
            letGo(sizeClass);
        }
    }

    /**
     * Gives up what another size class could use: the rounds of slabs without a live slot, and the slabs it holds. Other rounds
     * stay: they would only be taken by other threads of their class, and this one would have to come for more. Lock-free,
     * unless memory goes upstream.
     */
    void giveUpUnused() {
        for (int sizeClass = 0; sizeClass < loaded.length; sizeClass++) {
            supply.emptyUnused(loaded[sizeClass]);
            supply.emptyUnused(previous[sizeClass]);
            letGo(sizeClass);
        }
    }

    /**
     * Hands the magazines to the depots. Also for whoever knows that nobody works on this heap any more. Lock-free, unless memory
     * goes upstream.
     */
    void handBack() {
        for (int sizeClass = 0; sizeClass < loaded.length; sizeClass++) {
            if (loaded[sizeClass] != Magazine.NONE) {
                supply.handBack(sizeClass, loaded[sizeClass]);
                loaded[sizeClass] = Magazine.NONE;
            }
            if (previous[sizeClass] != Magazine.NONE) {
                supply.handBack(sizeClass, previous[sizeClass]);
                previous[sizeClass] = Magazine.NONE;
            }
            letGo(sizeClass);
        }
    }

    private void letGo(int sizeClass) {
        Slab slab = held[sizeClass];
        if (slab != null) {
            held[sizeClass] = null;
            supply.letGo(slab);
        }
    }

    /** What this heap's bookkeeping takes without the magazines, estimated for compressed references. */
    long metadataBytes() {
        return 72 + 3 * (16 + loaded.length * 4L);
    }
}
