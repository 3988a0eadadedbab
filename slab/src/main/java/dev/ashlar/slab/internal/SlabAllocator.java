package dev.ashlar.slab.internal;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Resizable;
import dev.ashlar.slab.SlabConfig;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.support.SizeClassed;
import dev.ashlar.spi.support.SizeClasses;
import dev.ashlar.spi.support.UnitChunk;
import dev.ashlar.spi.support.UnitSet;
import org.jspecify.annotations.Nullable;

/**
 * The slab strategy.
 *
 * <h2>Design</h2>
 *
 * <p>From the source come {@link UnitChunk chunks}, of these are cut {@link Slab slabs} of one size class, and a block is
 * a slot of a slab. Each thread has a {@link Heap} with an active slab for each class, from which it allocates; a slab
 * that is full leaves the heap, and the thread that frees a block of it takes it over. {@link SlabSupply} is what heaps
 * get slabs from, {@link Heaps} knows which heap is whose, and an
 * {@linkplain dev.ashlar.spi.support.AddressMap address map} leads from a block to its slab. All bookkeeping is on the
 * Java heap, apart from the blocks.
 *
 * <h2>Concurrency</h2>
 *
 * <p>A thread allocates, and frees what lies in slabs of its own, with plain reads and writes; it frees other blocks with
 * one atomic operation. Slabs move between heaps, the supply and chunks by CAS. Locks are taken around the list of chunks
 * when memory moves from or to the source, and around the table of heaps when a thread allocates for the first time, where
 * one that finds it taken goes on without. The arguments stand with {@link SlotSet}, {@link Slab}, {@link EmptySlabs},
 * {@link UnitSet} and {@link Heaps}.
 *
 * <h2>Failure</h2>
 *
 * <p>A request that finds no memory takes over what ended threads left, gives slabs kept ready for other classes back to
 * their chunks, asks the source, and, before it is refused, gives up everything that the calling thread and the stripes
 * hold without need. What other running threads hold is out of reach until they need a slab themselves: partly used slabs
 * of which others have freed every block, and the active slab of each class.
 *
 * <h2>Sources</h2>
 *
 * <p>Bonwick, <i>The Slab Allocator</i>, USENIX 1994. Leijen, Zorn and de Moura, <i>Mimalloc: Free List Sharding in
 * Action</i>, 2019, for the separate set of slots freed by other threads. Berger et al., <i>Hoard</i>, ASPLOS 2000, for
 * the fullness groups.
 */
public final class SlabAllocator extends SlabOperations implements Resizable, Confinable, Inspectable, SizeClassed {

    private final Heaps heaps;

    private SlabAllocator(SlabCore core) {
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
    public static Allocator create(AllocatorConfig config, SlabConfig settings) {
        return new SlabAllocator(new SlabCore(config, settings));
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

    /** {@inheritDoc} The unit is bytes of slabs and chunks without live blocks. */
    @Override
    public long capacity() {
        return core.supply().capacity();
    }

    @Override
    public void resize(long capacity) {
        if (capacity < 0) {
            throw new IllegalArgumentException("capacity is " + capacity + ", must be 0 or more");
        }
        heaps.requireOpen();
        core.supply().setCapacity(capacity);
    }

    @Override
    public SizeClasses sizeClasses() {
        return core.sizeClasses();
    }

    @Override
    public void useSizeClasses(int... sizes) {
        heaps.requireOpen();
        core.supply().useSizeClasses(sizes);
        renewSizeClasses();
        heaps.flush(); // what was cut for the classes before and is empty now
    }

    @Override
    public Allocator confined() {
        return new ConfinedSlabAllocator(core);
    }

    @Override
    public AllocatorStats stats() {
        return core.stats();
    }

    @Override
    public void inspect(Visitor visitor) {
        core.inspect(visitor);
    }

    @Override
    public long trim() {
        heaps.requireOpen();
        return core.trim();
    }

    @Override
    public void close() {
        core.close();
    }

    @Override
    public String toString() {
        return "slab allocator, " + core.sizeClasses();
    }
}
