package dev.ashlar.spi.support;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The slabs that one thread allocates from, or one that occupies a stripe: an active slab for each size class. It also
 * has the thread's counts.
 *
 * <h2>Design</h2>
 *
 * <p>A block is a slot of the active slab of its class. When that slab is full, the heap disowns it and takes the first
 * slab of the class that has room and no owner, or a new one. If its thread frees a block while the active slab is
 * full, the slab of that block becomes active. So a thread that replaces blocks one by one searches no list. A thread
 * that frees several blocks in a row in a slab without an owner, as a consumer does, claims that slab meanwhile, so the
 * frees are plain writes. A heap owns no other slabs. The free bytes in them are bounded by what each thread may
 * retain, and beyond that by a share of the committed bytes. A heap that has more evicts slabs in turn, as a clock
 * does. So a thread holds little unused memory whatever it did before, and any thread can allocate what another one
 * frees.
 *
 * <p>Free slots are counted when the heap gets a slab, and again before a slab is evicted. Slots freed meanwhile are
 * not counted, so that a free costs nothing more. The size of the slabs bounds them.
 *
 * <h2>Counts</h2>
 *
 * <p>The heap counts what its thread allocated and freed, wherever the block lies. So only the sum over all heaps has a
 * meaning: some threads only allocate and others only free. All counts only grow, and a sum reads the freed ones first.
 * An allocation is ordered before its free, so sums are never negative. Reading while the thread writes is a benign
 * race: a {@code long} is read whole on the 64-bit machines that the JDK runs on.
 *
 * <h2>Concurrency</h2>
 *
 * <p>All methods except those that read figures are for the thread that the heap belongs to, or the thread that
 * occupies a stripe. {@link ThreadTable} passes the heap of a thread that has ended or waits to another thread.
 */
final class SlabHeap extends ThreadTable.Entry {

    /** The owner of retained empty slabs. It never uses them. */
    static final SlabHeap RETAINED = new SlabHeap();

    /** The owner of retired slabs. */
    static final SlabHeap RETIRED = new SlabHeap();

    /** The bytes of slabs may be this many times the bytes that may be free in them. */
    static final int HELD_FACTOR = 4;

    /**
     * A slab of larger slots than this has one or two slots. It saves few slow allocations for its bytes ...
     */
    private static final int LARGE_SLOT = 16 * 1024;

    /** ... so its bytes count this many times. */
    private static final int WEIGHT_OF_LARGE_SLOTS = 4;

    private final SlabStore store;

    /** Where slabs that are cut for it are listed, and where it looks for slabs first. */
    final int shard;

    /**
     * Active slabs by class number, as far as this heap has needed them. New classes may be added while the heap is in
     * use.
     */
    private Slab[] active;

    /** A slab that was claimed to free blocks in it, or one without slots. */
    private Slab draining;

    /** The slab without an owner in which the last block was freed, or one without slots. */
    private Slab freedLast;

    /** Allocated blocks, their requested bytes, and the bytes of their slots. */
    private long allocations;

    private long requestedBytes;
    private long allocatedBytes;

    /** The same of freed blocks. */
    private long frees;

    private long requestedBytesFreed;
    private long allocatedBytesFreed;

    /** Free bytes of the slabs when they were counted last. */
    private long freeBytes;

    /** Bytes of the slabs, {@linkplain #weight weighted}. */
    private long heldBytes;

    /** The class whose active slab was considered last for eviction. */
    private int hand;

    /** Set if another thread wants memory: evict all slabs at the next chance. */
    private volatile boolean flushWanted;

    SlabHeap(SlabStore store, @Nullable Thread thread) {
        super(thread);
        this.store = store;
        shard = store.nextShard();
        int classes = store.sizeClasses().count();
        active = new Slab[classes];
        Arrays.fill(active, store.none());
        draining = store.none();
        freedLast = store.none();
    }

    @SuppressWarnings("NullAway") // RETAINED and RETIRED are only compared by reference
    private SlabHeap() {
        super(null);
        store = null;
        shard = 0;
        active = new Slab[0];
        draining = null;
        freedLast = null;
    }

    /** The active slab of a class. It may be full, and it is one without slots at first. */
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
     * Frees a slot of a slab of this heap.
     *
     * @return false if it is not live; then nothing changes
     */
    boolean free(Slab slab, int slot, long byteSize) {
        if (!slab.release(slot)) {
            return false;
        }
        freed(slab, byteSize);
        return true;
    }

    /**
     * Whether the heap owns a slab in which its thread is about to free a block. Claims a slab without an owner in two
     * cases. If the active slab of its class is full, this one becomes active. Otherwise, if the last block was freed
     * there too, the next ones probably are.
     */
    boolean ownsOrClaims(Slab slab) {
        if (flushWanted) { // a thread that only frees executes nothing else
            occupy();
            flush();
            vacate();
        }
        SlabHeap owner = slab.owner();
        if (owner != null) {
            return owner == this;
        }
        Slab current = active(slab.sizeClass());
        boolean becomesActive = current != store.none() && current.isFull();
        // With one slot the slab will be empty, and only useful to others.
        if (!becomesActive && (slab != freedLast || slab.slots == 1)) {
            freedLast = slab;
            return false;
        }
        occupy(); // retiring a slab may wait for the address map
        boolean claimed = slab.claim(this);
        if (claimed) {
            if (becomesActive) {
                evict(slab.sizeClass());
                active[slab.sizeClass()] = slab;
            } else {
                evictDraining();
                draining = slab;
            }
            hold(slab, slab.collect());
        }
        vacate();
        return claimed;
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
            Slab[] more = Arrays.copyOf(active, all);
            Arrays.fill(more, known, all, store.none());
            active = more;
        }
    }

    /**
     * Makes a slab with room active. Lock-free.
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
            count(current, room);
            return current;
        }
        evict(sizeClass);
        if (draining.sizeClass() == sizeClass || draining.isEmpty()) {
            evictDraining();
        }
        for (Slab next = store.take(sizeClass, this); next != null; next = store.take(sizeClass, this)) {
            if (activate(next, sizeClass)) {
                return next;
            }
        }
        return null;
    }

    /**
     * Makes a slab of a smaller size than usual active, as a last resort.
     *
     * @return it, or null if there is no memory even for that
     */
    @Nullable Slab smallSlabWithRoom(int sizeClass) {
        know(sizeClass);
        evict(sizeClass);
        Slab next = store.cutSmallest(sizeClass, this);
        return next != null && activate(next, sizeClass) ? next : null;
    }

    /** Makes a slab active if it has room, otherwise disowns it. */
    private boolean activate(Slab slab, int sizeClass) {
        int room = slab.collect();
        if (room == 0) {
            store.disown(slab);
            return false;
        }
        active[sizeClass] = slab;
        hold(slab, room);
        return true;
    }

    private void count(Slab slab, int free) {
        freeBytes += (long) (free - slab.countedFree) * slab.slotSize;
        slab.countedFree = (char) free;
    }

    /**
     * Evicts other slabs until this one fits. Each slab is counted again before it is evicted, because slots of it may
     * have been taken.
     */
    private void hold(Slab kept, int free) {
        heldBytes += weight(kept);
        count(kept, free);
        if (hasExcess() && kept != draining) {
            evictDraining();
        }
        for (int i = 0; i < active.length && hasExcess(); i++) {
            hand = (hand + 1) % active.length;
            Slab slab = active[hand];
            if (slab != kept && slab != store.none()) {
                count(slab, slab.collect());
                if (hasExcess()) {
                    evict(hand);
                }
            }
        }
    }

    private static long weight(Slab slab) {
        return slab.byteSize() * (slab.slotSize > LARGE_SLOT ? WEIGHT_OF_LARGE_SLOTS : 1);
    }

    private boolean hasExcess() {
        long most = store.mostFree();
        return freeBytes > most || heldBytes > HELD_FACTOR * most;
    }

    /** Disowns the active slab of a class. */
    private void evict(int sizeClass) {
        Slab slab = active[sizeClass];
        active[sizeClass] = store.none();
        disown(slab);
    }

    private void evictDraining() {
        Slab slab = draining;
        if (slab != store.none()) {
            draining = store.none();
            freedLast = store.none();
            disown(slab);
        }
    }

    private void disown(Slab slab) {
        if (slab != store.none()) {
            count(slab, 0);
            heldBytes -= weight(slab);
            store.disown(slab);
        }
    }

    /** Disowns all slabs. Lock-free. */
    void flush() {
        flushWanted = false;
        evictDraining();
        for (int sizeClass = 0; sizeClass < active.length && heldBytes > 0; sizeClass++) {
            evict(sizeClass);
        }
    }

    /** Asks the thread to {@link #flush} at the next chance. For any thread. */
    void wantFlush() {
        flushWanted = true;
    }

    /** Whether a slab is active, or was claimed to free blocks in it. */
    boolean holds(Slab slab) {
        return slab == draining || slab == active(slab.sizeClass());
    }

    @Override
    protected boolean isWorthEvicting() {
        return heldBytes > 0;
    }

    /** Makes all slabs full, so that a thread in an operation finds that the allocator is closed. For any thread. */
    void seal() {
        draining.seal();
        for (Slab slab : active) {
            slab.seal();
        }
    }

    /** Adds the freed blocks to sums. For any thread. */
    void addFreed(SlabCounts sums) {
        sums.addFreed(frees, requestedBytesFreed, allocatedBytesFreed);
    }

    /** Adds the allocated blocks to sums. For any thread, after {@link #addFreed} of all heaps. */
    void addAllocated(SlabCounts sums) {
        sums.addAllocated(allocations, requestedBytes, allocatedBytes);
    }

    /** Heap memory of this heap's bookkeeping, estimated for compressed references. */
    long metadataBytes() {
        return 248 + 16 + active.length * 4L;
    }
}
