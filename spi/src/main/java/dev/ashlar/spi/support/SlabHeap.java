package dev.ashlar.spi.support;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What one thread, or one that occupies a stripe, allocates from: for each size class an active slab; and what it counted.
 *
 * <h2>Design</h2>
 *
 * <p>A block is a slot of the active slab of its class. When that is full, the first slab of the class that has room and no
 * owner takes its place, or a new one; the full slab has no owner then. Active slabs are all that a heap owns, and what is free
 * in them is bounded: by what each thread may retain, and beyond that by a share of what is committed. A heap that has more
 * evicts active slabs in turn, as a clock does. So memory that a thread holds and does not use is little whatever it did
 * before, and what one thread frees any other can allocate.
 *
 * <p>Free bytes are counted when a slab becomes active, when it becomes empty, and for the class of the block with which
 * another {@link #RECOUNT_BYTES} have been freed. Between, the count may be behind by what was freed since.
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

    /** Active slabs may have so many times the bytes that may be free in them: other threads free blocks in them too. */
    private static final int HELD_FACTOR = 2;

    /** A power of two. */
    private static final int RECOUNT_BYTES = 16 * 1024;

    private final SlabStore store;

    /** By class number, as far as this heap has needed them: classes come to be while the heap is in use. */
    private Slab[] active;

    /** Blocks allocated, the bytes that they were asked for with, and those of their slots. */
    private long allocations;

    private long requestedBytes;
    private long allocatedBytes;

    /** The same of blocks freed. */
    private long frees;

    private long requestedBytesFreed;
    private long allocatedBytesFreed;

    /** By class number: free bytes of the active slab when they were counted last. */
    private int[] free;

    /** The sum of these. */
    private long freeBytes;

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
        free = new int[classes];
    }

    @SuppressWarnings("NullAway") // RETAINED and RETIRED are compared with, and never asked for anything
    private SlabHeap() {
        super(null);
        store = null;
        active = new Slab[0];
        free = new int[0];
    }

    /** The active slab of a class. It may be full, and it has no slots before there is one. */
    Slab active(int sizeClass) {
        Slab[] slabs = active;
        return sizeClass < slabs.length ? slabs[sizeClass] : store.none();
    }

    /** Counts a block that was handed out. */
    void allocated(Slab slab, long byteSize) {
        allocations++;
        requestedBytes += byteSize;
        allocatedBytes += slab.slotSize;
    }

    /** Counts a block that came back. */
    void freed(Slab slab, long byteSize) {
        frees++;
        requestedBytesFreed += byteSize;
        allocatedBytesFreed += slab.slotSize;
    }

    /**
     * Frees a slot of an active slab.
     *
     * @return false if it is not live; then nothing changes
     */
    boolean freeActive(Slab slab, int sizeClass, int slot, long byteSize) {
        Slab.Release release = slab.release(slot);
        if (release == Slab.Release.REFUSED) {
            return false;
        }
        long before = allocatedBytesFreed;
        freed(slab, byteSize);
        if (release != Slab.Release.DONE || (before ^ allocatedBytesFreed) >= RECOUNT_BYTES) {
            recount(slab, sizeClass, release);
        }
        return true;
    }

    private void recount(Slab slab, int sizeClass, Slab.Release release) {
        if (release == Slab.Release.DONE || slab.isEmpty()) {
            count(sizeClass, slab, slab.collect());
            evictExcess(sizeClass);
        }
    }

    private void count(int sizeClass, Slab slab, int freeSlots) {
        int bytes = freeSlots * slab.slotSize;
        freeBytes += bytes - free[sizeClass];
        free[sizeClass] = bytes;
        slab.countedEmpty = freeSlots == slab.slots;
    }

    /** Counts a block that changed its size in place. */
    void resized(long before, long after) {
        requestedBytesFreed += before;
        requestedBytes += after;
    }

    /** Makes room for a class that is new to this heap. */
    private void know(int sizeClass) {
        int known = active.length;
        if (sizeClass >= known) {
            int all = Math.max(store.sizeClasses().count(), sizeClass + 1);
            free = Arrays.copyOf(free, all);
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
        int room = current.collect();
        if (room > 0) {
            count(sizeClass, current, room);
            return current;
        }
        evict(sizeClass);
        for (Slab next = store.take(sizeClass, this); next != null; next = store.take(sizeClass, this)) {
            if (activate(next, sizeClass)) {
                return next;
            }
        }
        return null;
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
        return next != null && activate(next, sizeClass) ? next : null;
    }

    /** Makes a slab active if it has room, or else disowns it. */
    private boolean activate(Slab slab, int sizeClass) {
        int room = slab.collect();
        if (room == 0) {
            store.disown(slab);
            return false;
        }
        active[sizeClass] = slab;
        heldBytes += slab.byteSize();
        count(sizeClass, slab, room);
        evictExcess(sizeClass);
        return true;
    }

    /** Evicts active slabs but one in turn, until the others may stay. */
    private void evictExcess(int keptClass) {
        long most = store.mostFree();
        for (int i = 0; i < active.length && (freeBytes > most || heldBytes > HELD_FACTOR * most); i++) {
            hand = (hand + 1) % active.length;
            if (hand != keptClass) {
                evict(hand);
            }
        }
    }

    /** Disowns the active slab of a class. */
    private void evict(int sizeClass) {
        Slab slab = active[sizeClass];
        if (slab != store.none()) {
            active[sizeClass] = store.none();
            heldBytes -= slab.byteSize();
            freeBytes -= free[sizeClass];
            free[sizeClass] = 0;
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
        sums.addFreed(frees, requestedBytesFreed, allocatedBytesFreed);
    }

    /** Adds what was allocated to sums. For any thread, after {@link #addFreed} of all heaps. */
    void addAllocated(SlabCounts sums) {
        sums.addAllocated(allocations, requestedBytes, allocatedBytes);
    }

    /** What this heap's bookkeeping takes, estimated for compressed references. */
    long metadataBytes() {
        return 136 + 2 * 16 + active.length * (4L + 4);
    }
}
