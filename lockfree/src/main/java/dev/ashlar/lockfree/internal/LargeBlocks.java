package dev.ashlar.lockfree.internal;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.lockfree.LockFreeConfig;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.LargeBlockPolicy;
import dev.ashlar.spi.support.AllocatorSource;
import dev.ashlar.spi.support.DirectAllocator;
import dev.ashlar.spi.support.MeteredSource;
import dev.ashlar.spi.support.UnitChunk;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Requests that no slot can serve: they go to the configured upstream, or take memory from the source one by one, or are
 * refused.
 *
 * @param blocks serves them, or null if they are refused
 * @param upstream what is taken from the configured upstream, or null if there is none
 * @param source the allocator's own source
 */
record LargeBlocks(
        @Nullable DirectAllocator blocks, @Nullable MeteredSource upstream, MeteredSource source) {

    private static final String ADVICE =
            "Set largeBlocks of LockFreeConfig to UPSTREAM, or compose this allocator with another one.";

    static LargeBlocks of(
            AllocatorConfig config, LockFreeConfig settings, MeteredSource source, LongSupplier requestedBytes) {
        MeteredSource upstream = config.upstream()
                .map(allocator ->
                        new MeteredSource(new AllocatorSource(allocator), AllocationException.NO_LIMIT, requestedBytes))
                .orElse(null);
        DirectAllocator blocks = settings.largeBlocks() == LargeBlockPolicy.REFUSE
                ? null
                : new DirectAllocator(upstream == null ? source : upstream);
        return new LargeBlocks(blocks, upstream, source);
    }

    /** Whether they take from the same source, and share the limit. */
    boolean shareTheLimit() {
        return blocks != null && upstream == null;
    }

    boolean isLive(long address) {
        return blocks != null && blocks.isLive(address);
    }

    /** Why a request was refused. */
    AllocationException refusal(long byteSize, long byteAlignment, long largestSlot) {
        if (blocks != null) {
            return (upstream == null ? source : upstream).refusal(byteSize, byteSize);
        }
        return byteAlignment > UnitChunk.PAGE
                ? AllocationException.tooLarge("byteAlignment", byteAlignment, UnitChunk.PAGE, ADVICE)
                : AllocationException.tooLarge("byteSize", byteSize, largestSlot, ADVICE);
    }

    long requestedBytes() {
        return blocks == null ? 0 : blocks.requestedBytes();
    }

    /** Their figures; of the source and the upstream only those that are theirs alone. */
    AllocatorStats stats() {
        AllocatorStats own = blocks == null ? AllocatorStats.ZERO : blocks.stats();
        long committed = upstream == null ? 0 : upstream.committedBytes();
        return new AllocatorStats(
                own.requestedBytes(),
                own.allocatedBytes(),
                committed,
                committed,
                own.metadataBytes(),
                own.liveBlocks(),
                own.allocations(),
                own.misses(),
                upstream == null ? 0 : upstream.calls(),
                0,
                0,
                upstream == null ? 0 : upstream.peakCommittedBytes(),
                upstream == null ? 0 : upstream.requestedAtPeakBytes());
    }
}
