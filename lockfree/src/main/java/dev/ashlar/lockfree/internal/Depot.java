package dev.ashlar.lockfree.internal;

import org.jspecify.annotations.Nullable;

/**
 * What the threads of one size class exchange: full magazines, empty ones, and slabs that have slots in (Bonwick's depot).
 *
 * <p>Concurrency: lock-free. Each of the three is a {@link TaggedStack}; a thread that goes from one to the next sees what
 * was there at different moments, and at worst goes to a slab although another thread has just brought a full magazine.
 * Counts of what happened are written without atomic operations, which may lose some: they only steer how large magazines
 * are.
 */
final class Depot {

    /** A new magazine has room for so many rounds, if they are not more than so many bytes. */
    private static final int FIRST_ROUNDS = 8;

    private static final int FIRST_BYTES = 4096;

    private final int slotSize;
    private final Kept kept;
    private final Magazines magazines;
    private final SlabTable slabs;
    private final MagazineSize size;
    private final TaggedStack full;
    private final TaggedStack empty;
    private final TaggedStack withRoom;

    /** How many rounds a magazine has that is made now. */
    private volatile int rounds;

    private long exchanges;
    private long underflows;
    private long overflows;
    private long retriesBefore;

    Depot(int slotSize, MagazineSize size, Kept kept, Magazines magazines, SlabTable slabs) {
        this.slotSize = slotSize;
        this.size = size;
        this.rounds = size.initial();
        this.kept = kept;
        this.magazines = magazines;
        this.slabs = slabs;
        full = new TaggedStack(magazines.links());
        empty = new TaggedStack(magazines.links());
        withRoom = new TaggedStack(slabs.links());
    }

    /** How many rounds a magazine has now. */
    int rounds() {
        return rounds;
    }

    /**
     * Takes a magazine that is not empty. Lock-free.
     *
     * @return it, or null if there is none
     */
    @Nullable Magazine takeFull() {
        countExchange();
        Magazine magazine = pop(full);
        if (magazine == null) {
            underflows++;
        } else {
            kept.remove((long) magazine.count() * slotSize);
        }
        return magazine;
    }

    /**
     * Keeps a magazine that is not empty. Lock-free.
     *
     * @return false if the capacity does not allow it
     */
    boolean keepFull(Magazine magazine) {
        countExchange();
        if (magazine.index == TaggedStack.NONE || !kept.tryAdd((long) magazine.count() * slotSize)) {
            overflows++;
            return false;
        }
        full.push(magazine.index);
        return true;
    }

    /** Takes an empty magazine of the size that is right now. Lock-free. */
    Magazine takeEmpty() {
        int wanted = rounds();
        for (Magazine magazine = pop(empty); magazine != null; magazine = pop(empty)) {
            if (magazine.size() == wanted) {
                return magazine;
            }
            magazines.drop(magazine);
        }
        return magazines.make(wanted, Math.clamp(FIRST_BYTES / slotSize, 1, FIRST_ROUNDS));
    }

    /** Keeps an empty magazine, unless others are of another size by now. Lock-free. */
    void keepEmpty(Magazine magazine) {
        if (magazine.size() == rounds() && magazine.index != TaggedStack.NONE) {
            empty.push(magazine.index);
        } else {
            magazines.drop(magazine);
        }
    }

    /** Lets go of all empty magazines. */
    void dropEmpty() {
        for (Magazine magazine = pop(empty); magazine != null; magazine = pop(empty)) {
            magazines.drop(magazine);
        }
    }

    private @Nullable Magazine pop(TaggedStack stack) {
        int index = stack.pop();
        return index == TaggedStack.NONE ? null : magazines.get(index);
    }

    /**
     * Takes a slab that had slots in when it was put here; the caller holds it then. Lock-free.
     *
     * @return it, or null if there is none
     */
    @Nullable Slab takeSlab() {
        int index = withRoom.pop();
        return index == TaggedStack.NONE ? null : slabs.get(index);
    }

    /** Keeps a slab that the caller holds. Lock-free. */
    void keepSlab(Slab slab) {
        withRoom.push(slab.index);
    }

    /** Forgets the slabs that are retired, of which only the entries are left. */
    void forgetRetired() {
        int index = withRoom.popAll();
        while (index != TaggedStack.NONE) {
            int next = slabs.links().next(index);
            if (slabs.get(index).isRetired()) {
                slabs.recycle(index);
            } else {
                withRoom.push(index);
            }
            index = next;
        }
    }

    private void countExchange() {
        exchanges++;
        if (exchanges >= MagazineSize.WINDOW) {
            long retries = full.retries() + empty.retries() + withRoom.retries();
            MagazineSize.Window window =
                    new MagazineSize.Window(exchanges, retries - retriesBefore, underflows, overflows);
            rounds = size.next(rounds, window);
            retriesBefore = retries;
            exchanges = 0;
            underflows = 0;
            overflows = 0;
        }
    }

    /** What it takes on the heap without the magazines. */
    static long metadataBytes() {
        return 96 + 3 * TaggedStack.metadataBytes();
    }
}
