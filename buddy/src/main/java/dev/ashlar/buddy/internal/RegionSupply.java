package dev.ashlar.buddy.internal;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.AddressMap;
import dev.ashlar.spi.support.Closing;
import dev.ashlar.spi.support.Extent;
import dev.ashlar.spi.support.MeteredSource;
import dev.ashlar.spi.support.RoomTree;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes regions from the source and releases idle ones, which have no block.
 *
 * <h2>Design</h2>
 *
 * <p>Sizes follow the load, because a size for a gigabyte wastes a quarter of a small heap. A new region is 1/16 of
 * what is committed, from 64 KiB to the configured size. It is larger if blocks are large. It is smaller if there is
 * room in regions that other threads are in: once these have left, the new region is not needed any more. Idle regions
 * are retained up to a bound. One more may stay if it is small compared with the memory in use, unless the bound is 0.
 * So a load that varies around a boundary does not take and release a large region over and over. The youngest are
 * released first.
 *
 * <h2>Concurrency</h2>
 *
 * <p>One thread at a time takes a region, because all threads that need one wait for the same memory. One thread at a
 * time releases idle regions, and no thread waits for it. A thread that is in a region can release it. The list of
 * regions is changed under a lock that is never held while memory moves.
 *
 * <p>Taking and releasing a region cost time logarithmic in the number of regions, amortised: {@link RegionTotals} has
 * the idle regions, and {@link RegionList} replaces its table when the places are used up.
 */
final class RegionSupply {

    private static final Logger LOG = LoggerFactory.getLogger(RegionSupply.class);

    /** The one idle region that may stay beyond the bound is at most this part of what is in use. */
    private static final int SPARE_SHARE = 2;

    private final RegionLayout layout;
    private final MeteredSource source;
    private final long reserve;
    private final AddressMap<Extent> map;

    /** Held while memory is taken from the source, and at the close. */
    private final ReentrantLock growing = new ReentrantLock();

    /** The figures of released regions. Guarded by this. */
    private AllocatorStats retired = AllocatorStats.ZERO;

    private final RegionTotals totals = new RegionTotals();
    final LongAdder invalidFrees = new LongAdder();

    /** Changed and replaced under the lock of this. */
    private volatile RegionList list;

    /** How often a region was added or removed. */
    private final AtomicInteger changes = new AtomicInteger();

    /** The regions that were taken so far. Guarded by {@link #growing}, once other threads have this. */
    private long numbers;

    /** Set if idle regions may be more than is to be retained. */
    private volatile boolean hasExcess;

    /** Held while idle regions are released that are more than is to be retained. */
    private final ReentrantLock releasing = new ReentrantLock();

    private volatile long retained;
    private volatile boolean closed;

    RegionSupply(RegionLayout layout, MeteredSource source, long retained, long reserve) {
        this(layout, source, retained, reserve, RoomTree::new);
    }

    /** For tests, which count what is looked at in the trees. */
    RegionSupply(RegionLayout layout, MeteredSource source, long retained, long reserve, IntFunction<RoomTree> trees) {
        list = RegionList.empty(trees);
        this.layout = layout;
        this.source = source;
        map = source.map(RegionLayout.REGION_ALIGNMENT);
        this.retained = retained;
        this.reserve = reserve;
    }

    RegionList list() {
        return list;
    }

    /** Changes whenever a region is added or removed. */
    int changes() {
        return changes.get();
    }

    RegionLayout layout() {
        return layout;
    }

    RegionTotals totals() {
        return totals;
    }

    /** The region that holds an address, or null. */
    @Nullable Region at(long address) {
        Extent found = map.get(address);
        return found instanceof Region region && region.isOf(this) && region.contains(address) ? region : null;
    }

    /**
     * What the map has at an address: a region, or what other allocators have there if they share the map; null for
     * nothing. The address may lie behind it.
     */
    @Nullable Extent find(long address) {
        return map.get(address);
    }

    /** Counts an attempt to free or resize a block that is not live. */
    InvalidBlockException invalidFree(InvalidBlockException what) {
        invalidFrees.increment();
        return what;
    }

    /** The same for a live block with a size larger than its own, or a negative one. */
    InvalidBlockException wrongSize(long address, long byteSize, long allocated) {
        Allocator.requireValid(byteSize, 1);
        return invalidFree(InvalidBlockException.wrongSize(address, byteSize, allocated));
    }

    long retainedBytes() {
        return retained;
    }

    boolean isClosed() {
        return closed;
    }

    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("The allocator is closed");
        }
    }

    /** The bytes that the smallest region takes, including padding, that serves a request for a free run. */
    long smallestFor(int run) {
        return source.takenBytes(layout.smallestRegionFor(run), RegionLayout.REGION_ALIGNMENT);
    }

    /** The result of an attempt to take a region. */
    sealed interface Growth {
        /** There is a new region, and the caller is in it. */
        record Grown(Region region) implements Growth {}

        /** The source refused. */
        record Refused() implements Growth {}

        /** Other threads have changed the regions meanwhile, or are about to: search again. */
        record Changed() implements Growth {}
    }

    /**
     * Takes a region from the source.
     *
     * @param seen {@link #changes()} when there was no room; if the regions have changed since, nothing is taken
     * @param run the free run in granules that the request needs
     * @param requestedBytes the requested bytes of that request
     * @param metBusy whether a region with another thread in it may have room; if not, this waits for a thread that is
     *     taking a region
     */
    Growth grow(int seen, int run, long requestedBytes, boolean metBusy) {
        if (!metBusy) {
            growing.lock();
        } else if (!growing.tryLock()) {
            return new Growth.Changed();
        }
        try {
            requireOpen();
            if (changes.get() != seen) {
                return new Growth.Changed();
            }
            long least = layout.smallestRegionFor(run);
            long wanted = layout.regionFor(run, source.committedBytes(), metBusy);
            Region region = add(wanted, requestedBytes);
            if (region == null && least < wanted) {
                region = add(least, requestedBytes);
            }
            if (region == null && releaseIdle(0)) {
                region = add(least, requestedBytes);
            }
            return region == null ? new Growth.Refused() : new Growth.Grown(region);
        } finally {
            growing.unlock();
        }
    }

    private @Nullable Region add(long byteSize, long requestedBytes) {
        MemorySource.Chunk chunk = source.take(byteSize, RegionLayout.REGION_ALIGNMENT, requestedBytes);
        if (chunk == null) {
            return null;
        }
        map.cover(chunk.memory().address(), byteSize);
        Region region = new Region(this, numbers++, chunk, layout);
        map.put(region.address(), byteSize, region);
        synchronized (this) {
            list = list.with(region);
            changes.getAndIncrement();
        }
        LOG.debug("took a region of {} bytes, {} are committed", byteSize, source.committedBytes());
        return region;
    }

    /**
     * Takes regions from the source in advance. Their padding counts against the limit too, so there may be less than
     * requested.
     *
     * @return false if the source has too little memory, or the limit has no room for any region
     */
    boolean preallocate(long byteSize) {
        long left = byteSize;
        while (left > 0) {
            long size = Math.clamp(Long.highestOneBit(left), RegionLayout.SMALLEST_REGION, layout.regionSize());
            Region region = add(size, 0);
            if (region == null) {
                return fillLimit(size, left < byteSize);
            }
            region.leaveAsIs();
            left -= size;
        }
        return true;
    }

    /**
     * Takes a smaller region that fills the limit, after one was refused.
     *
     * @param size the size of the refused region
     * @param enough the result if the limit has no room for any region
     * @return false if the source has too little memory
     */
    private boolean fillLimit(long size, boolean enough) {
        long smaller = layout.regionTaking(source.limitBytes() - source.committedBytes(), source);
        if (smaller <= 0) {
            return enough;
        }
        Region region = smaller >= size ? null : add(smaller, 0);
        if (region == null) {
            return false;
        }
        region.leaveAsIs();
        return true;
    }

    /** Changes how many bytes of idle regions are retained, and releases those above that. */
    void setRetained(long bytes) {
        retained = bytes;
        becameIdle();
    }

    /**
     * Called when a region has no block any more: releases idle ones if there are too many. One thread at a time does
     * that. A thread that finds another one at it sets a flag first, at which the other looks when it has finished.
     */
    void becameIdle() {
        hasExcess = true;
        while (hasExcess && !closed && source.committedBytes() > retained && releasing.tryLock()) {
            try {
                hasExcess = false;
                releaseExcess();
            } finally {
                releasing.unlock();
            }
        }
    }

    private void releaseExcess() {
        long committed = source.committedBytes();
        long idle = totals.idleBytes();
        long largest = totals.largestIdle();
        boolean mayRetainOneMore = retained > 0 && largest <= (committed - idle) / SPARE_SHARE;
        long allowed = Math.max(retained + (mayRetainOneMore ? largest : 0), reserve - (committed - idle));
        Region region = idle > allowed ? totals.youngestIdle() : null;
        while (region != null && idle > allowed) {
            if (release(region)) {
                idle -= region.takenBytes();
            }
            region = totals.olderIdle(region);
        }
    }

    /** Releases idle regions, and keeps the reserve. */
    void trim() {
        releaseIdle(reserve);
    }

    /** Releases idle regions as long as at least some bytes stay committed. Returns whether there were any. */
    private boolean releaseIdle(long kept) {
        boolean any = false;
        for (Region region = totals.youngestIdle(); region != null; region = totals.olderIdle(region)) {
            if (source.committedBytes() - region.takenBytes() >= kept && release(region)) {
                any = true;
            }
        }
        return any;
    }

    /** Releases a region if it is idle and no thread is in it. */
    private boolean release(Region region) {
        if (!region.tryEnter()) {
            return false;
        }
        region.collect();
        if (!region.isIdle()) {
            region.leaveAsIs();
            return false;
        }
        // Before the memory goes: another region may get its addresses at once.
        map.put(region.address(), region.byteSize(), region.origin());
        if (!region.tryClose()) {
            map.put(region.address(), region.byteSize(), region);
            region.leaveAsIs();
            return false;
        }
        region.retire();
        map.uncover(region.address(), region.byteSize());
        forget(region);
        LOG.debug("released a region of {} bytes, {} are committed", region.byteSize(), source.committedBytes());
        return true;
    }

    /**
     * Refuses everything from now on.
     *
     * @return false if that was so before
     */
    boolean shut() {
        growing.lock();
        try {
            boolean first = !closed;
            closed = true;
            return first;
        } finally {
            growing.unlock();
        }
    }

    /**
     * Releases all regions, used or not. Nothing is taken any more at that time.
     *
     * @throws IllegalStateException if foreign calls use some; these stay for another call
     */
    void close() {
        Closing.each(list.regions(), region -> {
            region.close();
            forget(region);
        });
    }

    /** Adds the figures of a released region to a sum. At a close they include its live blocks. */
    private void forget(Region region) {
        synchronized (this) {
            if (!list.remove(region)) { // another thread did it
                return;
            }
            changes.getAndIncrement();
            retired = retired.plus(region.stats());
        }
        totals.remove(region);
    }

    /** The figures of all former and present regions. Costs time in proportion to the present ones. */
    synchronized AllocatorStats stats() {
        AllocatorStats sum = retired;
        for (Region region : list.regions()) {
            sum = sum.plus(region.stats());
        }
        return sum;
    }

    /** Heap memory of regions and of a map of their own. */
    long metadataBytes() {
        long bytes = (source.isMapShared() ? 0 : map.metadataBytes()) + list.metadataBytes();
        for (Region region : list.regions()) {
            bytes += region.metadataBytes();
        }
        return bytes;
    }
}
