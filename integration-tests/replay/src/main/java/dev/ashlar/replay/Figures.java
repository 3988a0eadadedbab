package dev.ashlar.replay;

import dev.ashlar.api.AllocatorStats;
import org.jspecify.annotations.Nullable;

/**
 * The figures of an allocator at one moment; null if it has none. Ratios are fractions.
 *
 * @param peakCommitted the most bytes that it had taken from its source at once, so far
 * @param internalFragmentation 1 - requested / allocated
 * @param utilisation allocated / committed
 * @param metadata bookkeeping / committed
 * @param hitRate share of the requests that were served from memory already held, so far
 * @param upstreamCalls calls to its source, so far
 * @param misuse frees that it rejected, so far
 */
record Figures(
        @Nullable Long peakCommitted,
        @Nullable Double internalFragmentation,
        @Nullable Double utilisation,
        @Nullable Double metadata,
        @Nullable Double hitRate,
        @Nullable Long upstreamCalls,
        @Nullable Long misuse) {

    /** For an allocator without figures. */
    static final Figures NONE = new Figures(null, null, null, null, null, null, null);

    static Figures of(AllocatorStats stats) {
        return new Figures(
                stats.peakCommittedBytes(),
                stats.internalFragmentation(),
                stats.utilisation(),
                stats.metadataRatio(),
                stats.hitRate(),
                stats.upstreamCalls(),
                stats.invalidFrees());
    }
}
