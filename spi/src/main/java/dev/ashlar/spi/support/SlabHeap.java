package dev.ashlar.spi.support;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What one thread, or one that occupies a stripe, allocates from: for each size class an active slab; and what it counted.
 *
 * <h2>Design</h2>
 *
 * <p>A block is a slot of the active slab of its class. When that is full, the first slab of the class that has room and no
 * owner takes its place, or a new one; the full slab has no owner then. Active slabs are all that a heap owns, and their
 * bytes are bounded: by what each thread may retain, and beyond that by a share of what is committed. A heap that needs
 * another slab evicts active ones in turn, as a clock does. So memory that a thread holds and does not use is little
 * whatever it did before, and what one thread frees any other can allocate.
 *
 * <h2>Counts</h2>
 *
 * <p>The heap counts what its thread allocated and freed, wherever the block lies: so one that only allocates and one that
 * only frees have figures that mean nothing alone. All of them only grow, and whoever adds up reads what was freed first:
 * an allocation is ordered before its free, so the sums are never negative. Reading while the thread writes is a benign
 * race: a {@code long} is read whole on the 64-bit machines that the JDK runs on.
 *
 * <h2>Concurrency</h2>
 *
 * <p>All methods but those that read figures are for the thread that the heap belongs to; for a stripe, for the thread
 * that occupies it. The heap of a thread that has ended or waits passes to another thread by {@link ThreadTable}.
 */
final class SlabHeap extends ThreadTable.Entry {

    /** The owner of empty slabs that are retained for later. Never works on them. */
    static final SlabHeap RETAINED = new SlabHeap();

    /** The owner of slabs that are out of service. */
    static final SlabHeap RETIRED = new SlabHeap();

    private final SlabStore store;

    /** By class number, as far as this heap has needed them: classes come to be while the heap is in use. */
    private Slab[] active;

    /** By class number: blocks allocated, and blocks freed. */
    private long[] allocations;

    private long[] frees;

    private long requestedBytes;
    private long freedBytes;

    /** Bytes of the active slabs. */
    private long heldBytes;

    /** The class whose active slab was looked at last to be evicted. */
    private int hand;

    /** Another thread wants memory: evict all active slabs at the next chance. */
    private volatile boolean flushWanted;

    SlabHeap(SlabStore store, @Nullable Thread thread) {
        super(thread);
        this.store = store;
        int classes = store.sizeClasses().count();
        active = new Slab[classes];
        Arrays.fill(active, store.none());
        allocations = new long[classes];
        frees = new long[classes];
    }

    @SuppressWarnings("NullAway") // RETAINED and RETIRED are compared with, and never asked for anything
    private SlabHeap() {
        super(null);
        store = null;
        active = new Slab[0];
        allocations = new long[0];
        frees = new long[0];
    }

    /** The active slab of a class. It may be full, and it has no slots before there is one. */
    Slab active(int sizeClass) {
        Slab[] slabs = active;
        return sizeClass < slabs.length ? slabs[sizeClass] : store.none();
    }

    /** Counts a block of any slab that was handed out. */
    void allocatedElsewhere(int sizeClass, long byteSize) {
        know(sizeClass);
        allocated(sizeClass, byteSize);
    }

    /** Counts a block of an active slab that was handed out. */
    void allocated(int sizeClass, long byteSize) {
        allocations[sizeClass]++;
        requestedBytes += byteSize;
    }

    /** Counts a block that came back, wherever it lies. */
    void freed(int sizeClass, long byteSize) {
        know(sizeClass);
        freedActive(sizeClass, byteSize);
    }

    /** Counts a block of an active slab that came back. */
    void freedActive(int sizeClass, long byteSize) {
        frees[sizeClass]++;
        freedBytes += byteSize;
    }

    /** Counts a block that changed its size in place. */
    void resized(long before, long after) {
        freedBytes += before;
        requestedBytes += after;
    }

    /** Makes room for a class that is new to this heap. */
    private void know(int sizeClass) {
        int known = active.length;
        if (sizeClass >= known) {
            int all = Math.max(store.sizeClasses().count(), sizeClass + 1);
            allocations = Arrays.copyOf(allocations, all);
            frees = Arrays.copyOf(frees, all);
            Slab[] more = Arrays.copyOf(active, all);
            Arrays.fill(more, known, all, store.none());
            active = more;
        }
    }

    /**
     * Makes a slab active that has room. Lock-free.
     *
     * @return it, or null if there is no memory for one
     */
    @Nullable Slab slabWithRoom(int sizeClass) {
        if (flushWanted) {
            flush();
        }
        know(sizeClass);
        Slab current = active[sizeClass];
        if (current.collect()) {
            return current;
        }
        evict(sizeClass);
        long most = store.mostHeld();
        Slab next = store.take(sizeClass, this, most);
        return next == null ? null : activate(next, most);
    }

    /**
     * Makes a slab active that is smaller than suits, as a last resort.
     *
     * @return it, or null if there is no memory even for that
     */
    @Nullable Slab smallSlabWithRoom(int sizeClass) {
        know(sizeClass);
        evict(sizeClass);
        Slab next = store.cutSmallest(sizeClass, this);
        return next == null ? null : activate(next, store.mostHeld());
    }

    private Slab activate(Slab slab, long most) {
        for (int i = 0; i < active.length && heldBytes + slab.byteSize() > most; i++) {
            hand = (hand + 1) % active.length;
            evict(hand);
        }
        active[slab.sizeClass()] = slab;
        heldBytes += slab.byteSize();
        return slab;
    }

    /** Disowns the active slab of a class. */
    private void evict(int sizeClass) {
        Slab slab = active[sizeClass];
        if (slab != store.none()) {
            active[sizeClass] = store.none();
            heldBytes -= slab.byteSize();
            store.disown(slab);
        }
    }

    /** Disowns all active slabs. Lock-free. */
    void flush() {
        flushWanted = false;
        for (int sizeClass = 0; sizeClass < active.length && heldBytes > 0; sizeClass++) {
            evict(sizeClass);
        }
    }

    /** Asks the thread to {@link #flush} at the next chance. For any thread. */
    void wantFlush() {
        flushWanted = true;
    }

    @Override
    protected boolean isWorthEvicting() {
        return heldBytes > 0;
    }

    /** Makes all active slabs full, so that a thread at work finds that the allocator is closed. For any thread. */
    void seal() {
        for (Slab slab : active) {
            slab.seal();
        }
    }

    /** Adds what was freed to sums. For any thread. */
    void addFreed(SlabCounts sums) {
        sums.addFreed(frees, freedBytes);
    }

    /** Adds what was allocated to sums. For any thread, after {@link #addFreed} of all heaps. */
    void addAllocated(SlabCounts sums) {
        sums.addAllocated(allocations, requestedBytes);
    }

    /** What this heap's bookkeeping takes, estimated for compressed references. */
    long metadataBytes() {
        return 104 + 3 * 16 + active.length * (4L + 8 + 8);
    }
}
