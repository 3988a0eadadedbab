package dev.ashlar.buddy.internal;

import dev.ashlar.api.AllocatorStats;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.AddressMap;
import dev.ashlar.spi.support.Closing;
import dev.ashlar.spi.support.MeteredSource;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
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
 * <p>One thread at a time takes a region, because all threads that need one wait for the same memory. A thread that is
 * in a region can release it. The list of regions is replaced under a lock that is never held while memory moves.
 */
final class RegionSupply {

    private static final Logger LOG = LoggerFactory.getLogger(RegionSupply.class);

    /** The one idle region that may stay beyond the bound is at most this part of what is in use. */
    private static final int SPARE_SHARE = 2;

    private final RegionLayout layout;
    private final MeteredSource source;
    private final long reserve;
    private final AddressMap<Region> map = new AddressMap<>(RegionLayout.REGION_ALIGNMENT);

    /** Held while memory is taken from the source, and at the close. */
    private final ReentrantLock growing = new ReentrantLock();

    /** The figures of released regions. Guarded by this. */
    private AllocatorStats retired = AllocatorStats.ZERO;

    /** Replaced under the lock of this. */
    private volatile RegionList list = RegionList.empty();

    private volatile long retained;
    private volatile boolean closed;

    RegionSupply(RegionLayout layout, MeteredSource source, long retained, long reserve) {
        this.layout = layout;
        this.source = source;
        this.retained = retained;
        this.reserve = reserve;
    }

    RegionList list() {
        return list;
    }

    /** The region that holds an address, or null. */
    @Nullable Region at(long address) {
        Region region = map.get(address);
        return region != null && region.contains(address) ? region : null; // another chunk may start behind it
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

    /** Called when a region has more room than before: a free run of {@code run} granules. */
    void roomAt(Region region, int run) {
        list.roomAt(region.index, run);
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
     * @param seen the regions in which there was no room; if they have changed since, nothing is taken
     * @param run the free run in granules that the request needs
     * @param requestedBytes the requested bytes of that request
     * @param metBusy whether a region with another thread in it may have room; if not, this waits for a thread that is
     *     taking a region
     */
    Growth grow(RegionList seen, int run, long requestedBytes, boolean metBusy) {
        if (!metBusy) {
            growing.lock();
        } else if (!growing.tryLock()) {
            return new Growth.Changed();
        }
        try {
            requireOpen();
            if (list != seen) {
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
        Region region = new Region(this, chunk, layout);
        map.cover(region.address(), byteSize);
        map.put(region.address(), byteSize, region);
        synchronized (this) {
            list = list.with(region);
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
            region.leaveUntold();
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
        region.leaveUntold();
        return true;
    }

    /** Changes how many bytes of idle regions are retained, and releases those above that. */
    void setRetained(long bytes) {
        retained = bytes;
        becameIdle();
    }

    /** Called when a region has no block any more: releases idle ones if there are too many. */
    void becameIdle() {
        long committed = source.committedBytes();
        if (committed <= retained) {
            return;
        }
        List<Region> regions = list.regions();
        long idle = 0;
        long largest = 0;
        for (Region region : regions) {
            if (region.isIdle()) {
                idle += region.takenBytes();
                largest = Math.max(largest, region.takenBytes());
            }
        }
        boolean mayRetainOneMore = retained > 0 && largest <= (committed - idle) / SPARE_SHARE;
        long allowed = Math.max(retained + (mayRetainOneMore ? largest : 0), reserve - (committed - idle));
        for (int i = regions.size() - 1; i >= 0 && idle > allowed; i--) {
            Region region = regions.get(i);
            if (region.isIdle() && release(region)) {
                idle -= region.takenBytes();
            }
        }
    }

    /** Releases idle regions, and keeps the reserve. */
    void trim() {
        releaseIdle(reserve);
    }

    /** Releases idle regions as long as at least some bytes stay committed. Returns whether there were any. */
    private boolean releaseIdle(long kept) {
        boolean any = false;
        for (Region region : list.regions().reversed()) {
            if (region.isIdle() && source.committedBytes() - region.takenBytes() >= kept && release(region)) {
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
            region.leaveUntold();
            return false;
        }
        // Before the memory goes: another region may get its addresses at once.
        map.remove(region.address(), region.byteSize());
        if (!region.tryClose()) {
            map.put(region.address(), region.byteSize(), region);
            region.leaveUntold();
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
    private synchronized void forget(Region region) {
        if (list.regions().contains(region)) { // otherwise another thread did it
            list = list.without(region);
            retired = retired.plus(region.stats());
        }
    }

    /** The figures of all former and present regions. Costs time in proportion to the present ones. */
    synchronized AllocatorStats stats() {
        AllocatorStats sum = retired;
        for (Region region : list.regions()) {
            sum = sum.plus(region.stats());
        }
        return sum;
    }

    /** Heap memory of regions and the map. */
    long metadataBytes() {
        long bytes = map.metadataBytes();
        for (Region region : list.regions()) {
            bytes += region.metadataBytes();
        }
        return bytes;
    }
}
