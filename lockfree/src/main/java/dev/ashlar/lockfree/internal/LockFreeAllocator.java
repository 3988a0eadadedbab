package dev.ashlar.lockfree.internal;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Resizable;
import dev.ashlar.lockfree.LockFreeConfig;
import dev.ashlar.spi.AllocatorConfig;
import org.jspecify.annotations.Nullable;

/**
 * The lock-free strategy: Bonwick's magazines over slabs.
 *
 * <h2>Design</h2>
 *
 * <p>A block is a slot of a {@link Slab}, and a slab is a part of a chunk cut into slots of one size class. Free slots are
 * the rounds of {@link Magazine magazines}: each thread has a {@link Heap} with two of them for each class, which it takes
 * rounds from and puts rounds into. Full and empty magazines are exchanged at the {@link Depot} of the class, and what the
 * capacity does not allow to be kept there goes slot by slot to the slabs. {@link Supply} has the depots, and {@link
 * Memory} slabs and chunks; {@link Heaps} knows which heap is whose. All bookkeeping is on the Java heap, apart from the
 * blocks.
 *
 * <p>The slab strategy, in contrast, gives a freed block back to its slab. There a block that another thread frees is not
 * for that thread; here it is the next one that thread allocates, or it returns to the allocating thread with a full
 * magazine.
 *
 * <h2>Concurrency</h2>
 *
 * <p>A thread works on its own magazines, and makes slots live, with plain reads and writes. A free is one CAS: that is
 * what makes a free of a block by two threads visible in all cases. Magazines change hands with one CAS on a
 * {@link TaggedStack}. Locks are taken around the memory source, and around the table of heaps when a
 * thread allocates for the first time, where one that finds it taken goes on without. The arguments stand with
 * {@link TaggedStack}, {@link SlotSet}, {@link SlabTable}, {@link Memory} and {@link Heaps}.
 *
 * <h2>Failure</h2>
 *
 * <p>A request that finds no memory takes what is cached and nobody's: what the depots, threads that have ended, and
 * stripes without a thread at work in them have. Then it asks the source, and, before it is refused, puts everything into
 * the slabs that the calling thread caches as well, so that slabs with no slot live go back. From then on, until the source gives memory again, freed blocks go to their slabs, where any thread finds
 * them. What other running threads cached before is out of reach until they need a magazine.
 *
 * <h2>Sources</h2>
 *
 * <p>Bonwick and Adams, <i>Magazines and Vmem: Extending the Slab Allocator to Many CPUs and Arbitrary Resources</i>, USENIX
 * 2001. Treiber, <i>Systems Programming: Coping with Parallelism</i>, IBM RJ 5118, 1986.
 */
public final class LockFreeAllocator extends LockFreeOperations implements Resizable, Confinable, Inspectable {

    private final Heaps heaps;

    private LockFreeAllocator(LockFreeCore core) {
        super(core);
        heaps = core.heaps();
    }

    /**
     * Makes an allocator.
     *
     * @param config limits and memory source
     * @param settings the strategy's own settings
     * @throws dev.ashlar.api.AllocationException if memory that is to be taken ahead cannot be had
     */
    public static Allocator create(AllocatorConfig config, LockFreeConfig settings) {
        return new LockFreeAllocator(new LockFreeCore(config, settings));
    }

    @Override
    @Nullable Heap mine() {
        return heaps.mine();
    }

    @Override
    Heap enter() {
        return heaps.enter();
    }

    @Override
    void exit(Heap heap) {
        heaps.exit(heap);
    }

    /** {@inheritDoc} The unit is bytes: of free blocks in full magazines, and of chunks without a slab. Wait-free. */
    @Override
    public long capacity() {
        return core.supply().capacity();
    }

    /** {@inheritDoc} Progress: blocks on the memory source if memory goes back to it. */
    @Override
    public void resize(long capacity) {
        if (capacity < 0) {
            throw new IllegalArgumentException("capacity is " + capacity + ", must be 0 or more");
        }
        heaps.requireOpen();
        core.supply().setCapacity(capacity);
    }

    /** {@inheritDoc} Progress: takes the lock of the table of heaps. */
    @Override
    public Allocator confined() {
        return new ConfinedLockFreeAllocator(core);
    }

    /** {@inheritDoc} Progress: takes no lock; costs time in proportion to slots, magazines and threads. */
    @Override
    public AllocatorStats stats() {
        return core.stats();
    }

    /** {@inheritDoc} Progress: takes no lock; costs time in proportion to slots. */
    @Override
    public void inspect(Visitor visitor) {
        core.inspect(visitor);
    }

    /** {@inheritDoc} Progress: blocks on the memory source. */
    @Override
    public long trim() {
        heaps.requireOpen();
        return core.trim();
    }

    /** {@inheritDoc} Progress: blocks on the memory source, and takes the lock of the table of heaps. */
    @Override
    public void close() {
        core.close();
    }

    @Override
    public String toString() {
        return "lockfree allocator, " + core.sizeClasses();
    }
}
