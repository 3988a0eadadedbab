package dev.ashlar.lockfree.internal;

import dev.ashlar.spi.support.MeteredSource;
import dev.ashlar.spi.support.SizeClasses;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where threads get rounds from and give them back to beyond their own magazines: the depot of each size class, and the
 * slabs behind it, which {@link Memory} has.
 *
 * <p>When the last slot of a slab comes in, the slab is retired, and its memory serves any class or goes back to the source.
 * So it does as soon as no slot of it is live or in a magazine; what that costs is a CAS and an addition for each round that
 * goes to a slab, and nothing for those that stay in magazines.
 *
 * <p>Concurrency: lock-free, but for giving memory back to the source.
 */
final class Supply {

    private final SizeClasses sizeClasses;
    private final int magazineRounds;
    private final Kept kept;
    private final Magazines magazines = new Magazines();
    private final Memory memory;
    private final SlabTable slabs;

    /** One for each class, made when it is first used. */
    private final AtomicReferenceArray<@Nullable Depot> depots;

    Supply(SizeClasses sizeClasses, MeteredSource source, int magazineRounds, long capacity, long reserve) {
        this.sizeClasses = sizeClasses;
        this.magazineRounds = magazineRounds;
        kept = new Kept(capacity);
        memory = new Memory(sizeClasses, source, kept, reserve);
        slabs = memory.slabs();
        depots = new AtomicReferenceArray<>(sizeClasses.count());
    }

    SizeClasses sizeClasses() {
        return sizeClasses;
    }

    Memory memory() {
        return memory;
    }

    long capacity() {
        return kept.capacity();
    }

    /** The depot of a class. */
    Depot depot(int sizeClass) {
        Depot depot = depots.get(sizeClass);
        if (depot == null) {
            int slotSize = sizeClasses.size(sizeClass);
            MagazineSize size = MagazineSize.of(magazineRounds, slotSize);
            depots.compareAndSet(sizeClass, null, new Depot(slotSize, size, kept, magazines, slabs));
            return depot(sizeClass);
        }
        return depot;
    }

    private void forEachDepot(Consumer<Depot> action) {
        for (int sizeClass = 0; sizeClass < depots.length(); sizeClass++) {
            Depot depot = depots.get(sizeClass);
            if (depot != null) {
                action.accept(depot);
            }
        }
    }

    /** Stops holding a slab: it goes to the depot if it has a slot in, and away if it has all. For its holder. */
    void letGo(Slab slab) {
        memory.dissolveIfWhole(slab); // also one of which nothing was ever taken
        if (slab.isRetired()) {
            slabs.recycle(slab.index);
        } else if (!slab.letGo()) {
            depot(slab.sizeClass).keepSlab(slab);
        }
    }

    /** Puts a cached slot into its slab. */
    void giveBack(Slab slab, int slot) {
        slab.markIn(slot);
        putIn(slab, 1);
    }

    /** Empties a magazine into the slabs of its rounds. */
    void empty(Magazine magazine) {
        Slab last = null;
        int marked = 0;
        while (!magazine.isEmpty()) {
            long round = magazine.take();
            Slab slab = slabs.of(round);
            if (slab != last && last != null) { // neighbours are counted at once
                putIn(last, marked);
                marked = 0;
            }
            slab.markIn(Slab.slotOf(round));
            marked++;
            last = slab;
        }
        if (last != null) {
            putIn(last, marked);
        }
    }

    /** Puts the rounds of slabs without a live slot into these, which may dissolve then. The others stay in the magazine. */
    void emptyUnused(Magazine magazine) {
        Slab last = null;
        boolean unused = false;
        for (long round : magazine.takeAll()) {
            Slab slab = slabs.of(round);
            if (slab != last) {
                unused = slab.isUnused();
                last = slab;
            }
            if (unused) {
                giveBack(slab, Slab.slotOf(round));
            } else {
                magazine.put(round);
            }
        }
    }

    private void putIn(Slab slab, int count) {
        int outcome = slab.putIn(count);
        if ((outcome & SlotSet.NOW_HELD) != 0) {
            letGo(slab);
        } else if ((outcome & SlotSet.WHOLE) != 0) {
            memory.dissolveIfWhole(slab);
        }
    }

    /** Takes an empty magazine for one that is full, or partly. */
    Magazine exchangeForEmpty(int sizeClass, Magazine magazine) {
        Depot depot = depot(sizeClass);
        if (!magazine.isEmpty()) {
            if (depot.keepFull(magazine)) {
                return depot.takeEmpty();
            }
            empty(magazine);
        }
        if (magazine.size() == depot.rounds()) {
            return magazine;
        }
        depot.keepEmpty(magazine);
        return depot.takeEmpty();
    }

    /** Takes over the magazines of a thread that has ended. */
    void handBack(int sizeClass, Magazine magazine) {
        Depot depot = depot(sizeClass);
        if (!magazine.isEmpty()) {
            if (depot.keepFull(magazine)) {
                return;
            }
            empty(magazine);
        }
        depot.keepEmpty(magazine);
    }

    /** Empties what depots keep into the slabs. */
    private void drain(Depot depot) {
        for (Magazine magazine = depot.takeFull(); magazine != null; magazine = depot.takeFull()) {
            empty(magazine);
            depot.keepEmpty(magazine);
        }
    }

    /** Changes how many bytes are kept ready, and gives back what is over. */
    void setCapacity(long capacity) {
        kept.setCapacity(capacity);
        forEachDepot(depot -> {
            if (kept.isOver()) {
                drain(depot);
            }
        });
        memory.closeWhatIsOver();
    }

    /** Puts what depots keep into the slabs, so that all of these dissolve that have no slot live or in a thread's magazine. */
    void drain() {
        forEachDepot(depot -> {
            drain(depot);
            depot.forgetRetired();
            depot.dropEmpty();
        });
    }

    /** What depots, magazines, slabs, chunks and tables take on the heap. */
    long metadataBytes() {
        long[] bytes = {
            magazines.metadataBytes() + memory.metadataBytes() + sizeClasses.metadataBytes() + 16 + 4L * depots.length()
        };
        forEachDepot(depot -> bytes[0] += Depot.metadataBytes());
        return bytes[0];
    }
}
