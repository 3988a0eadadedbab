package dev.ashlar.buddy.internal;

import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.AddressMap;
import dev.ashlar.spi.support.BlockCounters;
import dev.ashlar.spi.support.Closing;
import dev.ashlar.spi.support.MeteredSource;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes regions from the source and gives idle ones, in which no block lies, back to it.
 *
 * <h2>Design</h2>
 *
 * <p>Sizes follow the load, because what suits a gigabyte wastes a quarter of a small heap: a new region is an eighth of
 * what is committed, from 64 KiB to the configured size, or more where blocks are large. Idle regions are kept up to the
 * capacity, and beyond it one that is small beside what is in use, unless the capacity is 0: so a load that swings around a
 * border does not take and return a large region over and over. The youngest go first.
 *
 * <h2>Concurrency</h2>
 *
 * <p>One thread at a time takes a region, because all who want one wait for the same memory. Giving one back needs no more
 * than to hold it. The list of regions is replaced under a lock that is never held while memory moves.
 */
final class RegionSupply {

    private static final Logger LOG = LoggerFactory.getLogger(RegionSupply.class);

    /** The one idle region that may stay beyond the capacity is at most this part of what is in use. */
    private static final int SPARE_SHARE = 2;

    private final Geometry geometry;
    private final MeteredSource source;
    private final long reserve;
    private final Homes homes = new Homes();
    private final AddressMap<Region> map = new AddressMap<>(Geometry.REGION_ALIGNMENT);

    /** Held while memory is on its way from the source, and at the end. */
    private final ReentrantLock growing = new ReentrantLock();

    /** Counts of regions that are no more. Guarded by this. */
    private final BlockCounters retired = new BlockCounters();

    /** Replaced under the lock of this. */
    private volatile Directory directory = Directory.empty();

    private volatile long capacity;
    private volatile boolean closed;

    RegionSupply(Geometry geometry, MeteredSource source, long capacity, long reserve) {
        this.geometry = geometry;
        this.source = source;
        this.capacity = capacity;
        this.reserve = reserve;
    }

    Geometry geometry() {
        return geometry;
    }

    Homes homes() {
        return homes;
    }

    Directory directory() {
        return directory;
    }

    /** The region that an address lies in, or null. */
    @Nullable Region at(long address) {
        return map.get(address);
    }

    long capacity() {
        return capacity;
    }

    boolean isOpen() {
        return !closed;
    }

    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("The allocator is closed");
        }
    }

    /**
     * Lets go of a region that the caller holds, and gives idle ones back if there are too many.
     *
     * @param region held by the caller
     */
    void letGo(Region region) {
        int before = region.room();
        boolean idle = region.letGo();
        int room = region.room();
        if (room > before) {
            directory.roomAt(region.index, room);
        }
        if (idle) {
            settle();
        }
    }

    /** What came of the wish for a region. */
    sealed interface Growth {
        /** There is a new one, which the caller holds. */
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
     * @param run a request for which the region must have room
     * @param mayWait whether to wait for another thread that is at the same
     */
    Growth grow(Directory seen, int run, boolean mayWait) {
        if (mayWait) {
            growing.lock();
        } else if (!growing.tryLock()) {
            return new Growth.Changed();
        }
        try {
            requireOpen();
            if (directory != seen) {
                return new Growth.Changed();
            }
            long least = geometry.smallestRegionFor(run);
            Region region = add(geometry.regionFor(run, source.committedBytes()));
            if (region == null) {
                region = add(least);
            }
            if (region == null && giveBackIdle(0) > 0) {
                region = add(least);
            }
            return region == null ? new Growth.Refused() : new Growth.Grown(region);
        } finally {
            growing.unlock();
        }
    }

    private @Nullable Region add(long byteSize) {
        MemorySource.Chunk chunk = source.take(byteSize, Geometry.REGION_ALIGNMENT);
        if (chunk == null) {
            return null;
        }
        Region region = new Region(chunk, geometry);
        map.cover(region.address(), byteSize);
        map.put(region.address(), byteSize, region);
        synchronized (this) {
            directory = directory.with(region);
        }
        LOG.debug("took a region of {} bytes, {} are committed", byteSize, source.committedBytes());
        return region;
    }

    /** Takes regions from the source ahead. */
    boolean preallocate(long byteSize) {
        long left = byteSize;
        while (left > 0) {
            long size = Math.clamp(Long.highestOneBit(left), Geometry.SMALLEST_REGION, geometry.regionSize());
            Region region = add(size);
            if (region == null) {
                return false;
            }
            region.letGo();
            left -= size;
        }
        return true;
    }

    /** Changes how many bytes of idle regions are kept, and gives back what is over. */
    void setCapacity(long bytes) {
        capacity = bytes;
        settle();
    }

    /** Gives idle regions back as far as there are too many. */
    private void settle() {
        long committed = source.committedBytes();
        if (committed <= capacity) {
            return;
        }
        Region[] regions = directory.regions();
        long idle = 0;
        long largest = 0;
        for (Region region : regions) {
            if (region.isIdle()) {
                idle += region.byteSize();
                largest = Math.max(largest, region.byteSize());
            }
        }
        boolean mayKeepOneMore = capacity > 0 && largest <= (committed - idle) / SPARE_SHARE;
        long allowed = capacity + (mayKeepOneMore ? largest : 0);
        for (int i = regions.length - 1; i >= 0 && idle > allowed; i--) {
            if (regions[i].isIdle() && giveBack(regions[i])) {
                idle -= regions[i].byteSize();
            }
        }
    }

    /** Gives idle regions back, and keeps the reserve. */
    void trim() {
        giveBackIdle(reserve);
    }

    /** Gives idle regions back as far as not less than some bytes of them are left. */
    private int giveBackIdle(long kept) {
        Region[] regions = directory.regions();
        long idle = 0;
        for (Region region : regions) {
            idle += region.isIdle() ? region.byteSize() : 0;
        }
        int count = 0;
        for (int i = regions.length - 1; i >= 0; i--) {
            long left = idle - regions[i].byteSize();
            if (regions[i].isIdle()
                    && (left >= kept || kept == 0)
                    && giveBack(regions[i])) { // others may be idle by now
                idle = left;
                count++;
            }
        }
        return count;
    }

    /** Gives a region back if it is idle and nobody holds it. */
    private boolean giveBack(Region region) {
        if (!region.tryHold()) {
            return false;
        }
        region.collect();
        if (!region.isIdle()) {
            region.letGo();
            return false;
        }
        // Before the memory goes: another region may get its addresses at once.
        map.remove(region.address(), region.byteSize());
        if (!region.tryClose()) {
            map.put(region.address(), region.byteSize(), region);
            region.letGo();
            return false;
        }
        region.retire();
        homes.forget(region);
        map.uncover(region.address(), region.byteSize());
        synchronized (this) {
            directory = directory.without(region);
            retired.adoptCounts(region);
        }
        LOG.debug("gave back a region of {} bytes, {} are committed", region.byteSize(), source.committedBytes());
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
        Closing.each(List.of(directory.regions()), region -> {
            region.close();
            synchronized (this) {
                directory = directory.without(region);
            }
        });
    }

    /**
     * The counts of all regions there were and are. While others work, a free may be added up and the allocation that it
     * belongs to not yet.
     */
    synchronized BlockCounters counts() {
        BlockCounters sum = new BlockCounters();
        sum.adoptCounts(retired);
        for (Region region : directory.regions()) {
            sum.adoptCounts(region);
        }
        return sum;
    }

    /** What regions and the map take on the heap. */
    long metadataBytes() {
        long bytes = map.metadataBytes();
        for (Region region : directory.regions()) {
            bytes += region.metadataBytes();
        }
        return bytes;
    }
}
