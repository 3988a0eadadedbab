package dev.ashlar.slab.internal;

import dev.ashlar.spi.support.ThreadHeap;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What one thread, or whoever holds a stripe, allocates from: for each size class an active slab and a cache of others.
 *
 * <h2>Design</h2>
 *
 * <p>A block is a slot of the active slab of its class. When that is full, the fullest slab of the cache takes its place,
 * then an empty one that is kept ready, then a new one. The full slab is given up: no heap owns it until a block of it is
 * freed. A slab that becomes empty is given up as well.
 *
 * <h2>Concurrency</h2>
 *
 * <p>All methods are for the thread that the heap belongs to; for a stripe, for the thread that has locked it. What other
 * threads do to this heap's slabs is in {@link SlotSet#releaseFromOutside}. The heap of a thread that has ended passes to
 * whoever sees that it has, in {@link Heaps}.
 */
final class Heap extends ThreadHeap {

    /** Owns the empty slabs that are kept ready, and never works on them. */
    static final Heap NOBODY = new Heap();

    /** Allocations between two times of giving up empty slabs: cutting these anew costs about as much as so many. */
    private static final long PAUSE = 1_000;

    private final SlabSupply supply;

    /** By class number, as far as this heap has needed them: classes come to be while the heap is in use. */
    private Slab[] active;

    private @Nullable SlabCache[] caches;

    /** How many views keep a virtual thread's heap. For the thread. */
    int views;

    /** Blocks that were handed out when {@link #giveUpEmpty} last did its work. */
    private long allocationsAtGivingUp = -PAUSE;

    Heap(SlabSupply supply, @Nullable Thread thread) {
        super(thread);
        this.supply = supply;
        int sizeClasses = supply.sizeClasses().count();
        active = new Slab[sizeClasses];
        Arrays.fill(active, Slab.NONE);
        caches = new @Nullable SlabCache[sizeClasses];
    }

    @SuppressWarnings("NullAway") // NOBODY is compared with, and never asked for anything
    private Heap() {
        super(null);
        supply = null;
        active = new Slab[0];
        caches = new @Nullable SlabCache[0];
    }

    /** The active slab of a class. It may be full, and it is {@link Slab#NONE} before there is one. */
    Slab active(int sizeClass) {
        Slab[] slabs = active;
        return sizeClass < slabs.length ? slabs[sizeClass] : Slab.NONE;
    }

    /** Makes room for a class that is new to this heap. */
    private void know(int sizeClass) {
        int known = active.length;
        if (sizeClass >= known) {
            int all = Math.max(supply.sizeClasses().count(), sizeClass + 1);
            Slab[] more = Arrays.copyOf(active, all);
            Arrays.fill(more, known, all, Slab.NONE);
            active = more;
            caches = Arrays.copyOf(caches, all);
        }
    }

    /**
     * Makes a slab active that has room.
     *
     * @return it, or null if there is no memory for one
     */
    @Nullable Slab slabWithRoom(int sizeClass) {
        flushIfWanted();
        know(sizeClass);
        Slab slab = active[sizeClass];
        if (slab != Slab.NONE) {
            if (!slab.isFull() || slab.collect() > 0 || !giveUpFull(slab)) {
                return slab;
            }
            active[sizeClass] = Slab.NONE;
        }
        SlabCache cache = caches[sizeClass];
        Slab next = cache == null ? null : cache.takeFullest();
        if (next != null) {
            next.collect();
        } else {
            next = supply.take(sizeClass, this);
        }
        return activate(next, sizeClass);
    }

    /**
     * Makes a slab active that is smaller than suits, when {@link #slabWithRoom} found none and there is no memory for
     * one.
     *
     * @return it, or null if there is no memory even for that
     */
    @Nullable Slab smallSlabWithRoom(int sizeClass) {
        Slab slab = slabWithRoom(sizeClass);
        return slab != null ? slab : activate(supply.takeAny(sizeClass, this), sizeClass);
    }

    private @Nullable Slab activate(@Nullable Slab slab, int sizeClass) {
        if (slab != null) {
            active[sizeClass] = slab;
        }
        return slab;
    }

    /** Gives up a full slab; false if a slot of it was released meanwhile, so that it is neither full nor given up. */
    private boolean giveUpFull(Slab slab) {
        do {
            slab.passTo(null);
            if (!(slab.hasReleasedFromOutside() && reclaim(slab))) {
                return true;
            }
        } while (slab.isFull()); // others had it meanwhile, and left it as full as it was
        return false;
    }

    /** Claims a slab that may have room; false, and nothing is claimed, if it has an owner or no room. */
    boolean claimWithRoom(Slab slab) {
        return reclaim(slab) && (!slab.isFull() || !giveUpFull(slab));
    }

    private boolean reclaim(Slab slab) {
        if (!slab.claim(this)) {
            return false; // whoever claimed it collects
        }
        slab.collect();
        return true;
    }

    /**
     * Frees a block in an active slab, which this heap owns and keeps however empty it is.
     *
     * @param slab an active slab of this heap
     * @param slot a slot of it
     * @param byteSize the size that the block was asked for with
     * @return false if it is free already; then nothing changes
     */
    boolean freeActive(Slab slab, int slot, long byteSize) {
        boolean live = slab.release(slot);
        if (live) {
            freed(byteSize);
        }
        return live;
    }

    /**
     * Frees a block.
     *
     * @param slab the slab it lies in
     * @param slot its slot
     * @param byteSize the size it was asked for with
     * @return false if it is free already; then nothing changes
     */
    boolean free(Slab slab, int slot, long byteSize) {
        boolean live;
        if (slab.owner() == this) {
            live = slab.release(slot);
            if (slab.used() < slab.lowWater) {
                cache(slab).remove(slab);
                place(slab);
            }
        } else {
            live = freeNotOwned(slab, slot);
        }
        if (live) {
            freed(byteSize);
        }
        return live;
    }

    private boolean freeNotOwned(Slab slab, int slot) {
        boolean live;
        if (!supply.isScarce() && reclaim(slab)) {
            live = slab.release(slot);
            place(slab);
        } else {
            live = slab.releaseFromOutside(slot);
            if (slab.owner() == null) {
                getRidOf(slab);
            }
        }
        return live;
    }

    /** Sees to a slab in which this thread released a slot, and which has lost its owner meanwhile or had none. */
    private void getRidOf(Slab slab) {
        if (supply.isScarce() && slab.hasLive()) {
            if (slab.markShared()) {
                supply.share(slab);
            }
        } else if (reclaim(slab)) {
            place(slab);
        }
    }

    /** Puts an owned slab that is neither active nor in a list where it belongs by how full it is. */
    private void place(Slab slab) {
        if (slab.isFull() && giveUpFull(slab)) {
            return;
        }
        if (slab.used() == 0) {
            supply.giveBack(slab);
        } else {
            cache(slab).add(slab);
        }
    }

    private static boolean isEmpty(Slab slab) {
        slab.collect();
        return slab.used() == 0;
    }

    private SlabCache cache(Slab slab) {
        know(slab.sizeClass());
        SlabCache cache = caches[slab.sizeClass()];
        if (cache == null) {
            cache = new SlabCache();
            caches[slab.sizeClass()] = cache;
        }
        return cache;
    }

    /**
     * Gives up the active slabs that are empty, so that other classes can use their memory; unless it did so a short while
     * ago, and the slabs it gave up were needed again: then more memory is what this thread needs.
     *
     * @return whether there were any
     */
    boolean giveUpEmpty() {
        if (allocations() - allocationsAtGivingUp < PAUSE) {
            return false;
        }
        allocationsAtGivingUp = allocations();
        boolean any = false;
        for (int sizeClass = 0; sizeClass < active.length; sizeClass++) {
            Slab slab = active[sizeClass];
            if (slab != Slab.NONE && isEmpty(slab)) {
                active[sizeClass] = Slab.NONE;
                place(slab);
                any = true;
            }
        }
        return any;
    }

    /** Collects what other threads freed, and gives up every slab that is empty. */
    @Override
    public void flush() {
        adopt(this);
    }

    /**
     * Takes over the slabs of another heap, collects them, and gives up those that are empty.
     *
     * @param other a heap that nobody else works on, or this one
     */
    void adopt(Heap other) {
        for (int sizeClass = 0; sizeClass < other.active.length; sizeClass++) {
            SlabCache cache = other.caches[sizeClass];
            Slab partly = cache == null ? null : cache.takeAll();
            while (partly != null) {
                Slab next = partly.next;
                partly.next = null;
                adopt(partly);
                partly = next;
            }
            Slab slab = other.active[sizeClass];
            if (slab != Slab.NONE) {
                other.active[sizeClass] = Slab.NONE;
                adopt(slab);
            }
        }
        if (other != this) {
            adoptCounts(other);
        }
    }

    private void adopt(Slab slab) {
        slab.passTo(this);
        slab.collect();
        place(slab);
    }

    /** What this heap's bookkeeping takes, estimated for compressed references. */
    long metadataBytes() {
        long bytes = 96 + 2 * (16 + active.length * 4L);
        for (SlabCache cache : caches) {
            bytes += cache == null ? 0 : SlabCache.METADATA_BYTES;
        }
        return bytes;
    }
}
