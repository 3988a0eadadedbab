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
 * Takes regions from the source and releases idle ones, in which no block lies.
 *
 * <h2>Design</h2>
 *
 * <p>Sizes follow the load, because what suits a gigabyte wastes a quarter of a small heap: a new region is a 16th of
 * what is committed, from 64 KiB to the configured size, or more where blocks are large, and less where there is room
 * but other threads are in the way: what is taken then is over as soon as they are not. Idle regions are retained up to
 * a bound, and beyond it one that is small beside what is in use, unless the bound is 0: so a load that swings
 * around a border does not take and release a large region over and over. The youngest go first.
 *
 * <h2>Concurrency</h2>
 *
 * <p>One thread at a time takes a region, because all who want one wait for the same memory. Releasing one needs no
 * more than to be in it. The list of regions is replaced under a lock that is never held while memory moves.
 */
final class RegionSupply {

    private static final Logger LOG = LoggerFactory.getLogger(RegionSupply.class);

    /** The one idle region that may stay beyond the bound is at most this part of what is in use. */
    private static final int SPARE_SHARE = 2;

    private final RegionLayout layout;
    private final MeteredSource source;
    private final long reserve;
    private final AddressMap<Region> map = new AddressMap<>(RegionLayout.REGION_ALIGNMENT);

    /** Held while memory is on its way from the source, and at the end. */
    private final ReentrantLock growing = new ReentrantLock();

    /** What regions did that are no more. Guarded by this. */
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

    /** The region that an address lies in, or null. */
    @Nullable Region at(long address) {
        Region region = map.get(address);
        return region != null && region.contains(address) ? region : null; // another chunk may begin behind it
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

    /** A region has more room than it had, as long a run as this. */
    void roomAt(Region region, int run) {
        list.roomAt(region.index, run);
    }

    /** What the smallest region takes that serves a request for which a free run of some granules is needed. */
    long smallestFor(int run) {
        return source.takenBytes(layout.smallestRegionFor(run), RegionLayout.REGION_ALIGNMENT);
    }

    /** What came of the wish for a region. */
    sealed interface Growth {
        /** There is a new one, which the caller is in. */
        record Grown(Region region) implements Growth {}

        /** The source refused. */
        record Refused() implements Growth {}

        /** Others have changed the regions meanwhile, or are about to: look again. */
        record Changed() implements Growth {}
    }

    /**
     * Takes a region from the source.
     *
     * @param seen the regions in which there was no room; if there are others now, nothing is taken
     * @param run what a request needs for which the region must have room
     * @param requestedBytes what it asks for
     * @param metBusy whether there may be room in a region in which another thread is; if not, a thread that is at the
     *     same is waited for
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
     * Takes regions from the source ahead, as many as the limit has room for with what the source adds.
     *
     * @return false if the source has not as much, or the limit has no room for any
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
     * Takes a region of what the limit leaves.
     *
     * @param size of a region that was refused
     * @param enough whether it is enough if the limit leaves nothing for a region
     * @return false also if the limit leaves room for a region of that size: then the source refused it
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

    /** Changes how many bytes of idle regions are retained, and releases what is over. */
    void setRetained(long bytes) {
        retained = bytes;
        becameIdle();
    }

    /** A region has no block any more: releases idle ones as far as there are too many. */
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
        long allowed = retained + (mayRetainOneMore ? largest : 0);
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

    /** Releases idle regions as long as not less than some bytes of them are left; whether there were any. */
    private boolean releaseIdle(long kept) {
        List<Region> regions = list.regions();
        long idle = 0;
        for (Region region : regions) {
            idle += region.isIdle() ? region.takenBytes() : 0;
        }
        boolean any = false;
        for (Region region : regions.reversed()) {
            long left = idle - region.takenBytes();
            if (region.isIdle() && (left >= kept || kept == 0) && release(region)) { // others may be idle by now
                idle = left;
                any = true;
            }
        }
        return any;
    }

    /** Releases a region if it is idle and nobody is in it. */
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
     * Releases all regions, used or not, after nothing is taken any more.
     *
     * @throws IllegalStateException if foreign calls are at work on some; these stay, for another call
     */
    void close() {
        Closing.each(list.regions(), region -> {
            region.close();
            forget(region);
        });
    }

    /** Keeps the figures of a region that is no more: with what was live in it, if that is because of a close. */
    private synchronized void forget(Region region) {
        if (list.regions().contains(region)) { // else another thread was here
            list = list.without(region);
            retired = retired.plus(region.stats());
        }
    }

    /** What all regions did that there were and are. Costs time in proportion to the regions there are. */
    synchronized AllocatorStats stats() {
        AllocatorStats sum = retired;
        for (Region region : list.regions()) {
            sum = sum.plus(region.stats());
        }
        return sum;
    }

    /** What regions and the map take on the heap. */
    long metadataBytes() {
        long bytes = map.metadataBytes();
        for (Region region : list.regions()) {
            bytes += region.metadataBytes();
        }
        return bytes;
    }
}
