package dev.ashlar.buddy.internal;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Inspectable.Visitor;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.buddy.LargeBlocks;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.support.AllocatorSource;
import dev.ashlar.spi.support.DirectAllocator;
import dev.ashlar.spi.support.MeteredSource;
import java.lang.foreign.MemorySegment;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What no region can serve: it goes to the configured upstream, takes memory from the source on its own, or is refused. */
final class BeyondRegions {

    private final Geometry geometry;

    /** What regions are taken through, and share the limit with. */
    private final MeteredSource source;

    /** What the configured upstream is taken through, or null. */
    private final @Nullable MeteredSource upstream;

    /** Null if large blocks are refused. */
    private final @Nullable DirectAllocator direct;

    BeyondRegions(
            Geometry geometry,
            AllocatorConfig config,
            LargeBlocks largeBlocks,
            MeteredSource source,
            LongSupplier requestedBytes) {
        this.geometry = geometry;
        this.source = source;
        upstream = config.upstream()
                .map(allocator ->
                        new MeteredSource(new AllocatorSource(allocator), AllocationException.NO_LIMIT, requestedBytes))
                .orElse(null);
        direct = largeBlocks == LargeBlocks.REFUSE ? null : new DirectAllocator(upstream == null ? source : upstream);
    }

    /**
     * Takes a block.
     *
     * @param trim gives back what regions keep, which counts against the same limit, and tells how much that was
     */
    @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment, LongSupplier trim) {
        if (direct == null) {
            return null;
        }
        MemorySegment block = direct.tryAllocate(byteSize, byteAlignment);
        return block == null && upstream == null && trim.getAsLong() > 0
                ? direct.tryAllocate(byteSize, byteAlignment)
                : block;
    }

    boolean isLive(long address) {
        return direct != null && direct.isLive(address);
    }

    /** Frees a block; false if none starts at the address. */
    boolean free(long address, long byteSize) {
        if (direct == null || !direct.isLive(address)) {
            return false;
        }
        direct.freeAddress(address, byteSize);
        return true;
    }

    InvalidBlockException whatIsWrongWith(long address) {
        return direct == null ? InvalidBlockException.foreign(address) : direct.whatIsWrongWith(address);
    }

    /** Why a request was refused. */
    AllocationException refusal(long byteSize, long byteAlignment) {
        if (direct != null) {
            return (upstream == null ? source : upstream).refusal(byteSize, byteSize);
        }
        String advice = "Set largeBlocks to UPSTREAM, or compose this allocator with another one.";
        return byteAlignment > Geometry.REGION_ALIGNMENT
                ? AllocationException.tooLarge("byteAlignment", byteAlignment, Geometry.REGION_ALIGNMENT, advice)
                : AllocationException.tooLarge("byteSize", byteSize, geometry.regionSize(), advice);
    }

    /** Bytes that a block counts with against the limit of the source. */
    long limitedBytes(long byteSize) {
        return upstream == null && direct != null ? byteSize : 0;
    }

    long requestedBytes() {
        return direct == null ? 0 : direct.requestedBytes();
    }

    /** Figures of the blocks here; what was taken from the source and upstream is in {@link #taken}. */
    AllocatorStats stats() {
        return direct == null ? AllocatorStats.ZERO : direct.stats();
    }

    /** What was taken from the source, regions included, and from upstream. */
    AllocatorStats taken() {
        AllocatorStats fromSource = taken(source);
        return upstream == null ? fromSource : fromSource.plus(taken(upstream));
    }

    private static AllocatorStats taken(MeteredSource from) {
        long committed = from.committedBytes();
        return new AllocatorStats(
                0,
                0,
                committed,
                committed,
                0,
                0,
                0,
                0,
                from.calls(),
                0,
                0,
                from.peakCommittedBytes(),
                from.requestedAtPeakBytes());
    }

    void inspect(Visitor visitor) {
        if (direct != null) {
            direct.inspect(visitor);
        }
    }

    void close() {
        if (direct != null) {
            direct.close();
        }
    }
}
