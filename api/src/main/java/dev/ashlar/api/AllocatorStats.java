package dev.ashlar.api;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An allocator's figures at one moment, all byte figures in bytes. Ratios are fractions: 0.05 is five per cent. Two are
 * equal if all their figures are. Immutable.
 *
 * <p>Counters ({@link #allocations}, {@link #frees}, {@link #misses}, {@link #upstreamCalls}, {@link #refused}, {@link
 * #invalidFrees}, {@link #peakCommittedBytes}) never fall from one snapshot of an allocator to the next. No figure of a
 * snapshot is below 0.
 *
 * <p>External fragmentation is not among these figures, because it takes a walk over all memory. It is {@link
 * Inspectable#externalFragmentation} of {@code allocator.as(Inspectable.class)}.
 */
public final class AllocatorStats {

    /** The figures of an allocator that was never used. */
    public static final AllocatorStats ZERO = builder().build();

    private enum Figure {
        REQUESTED_BYTES("requestedBytes"),
        ALLOCATED_BYTES("allocatedBytes"),
        COMMITTED_BYTES("committedBytes"),
        METADATA_BYTES("metadataBytes"),
        LIVE_BLOCKS("liveBlocks"),
        ALLOCATIONS("allocations"),
        MISSES("misses"),
        UPSTREAM_CALLS("upstreamCalls"),
        REFUSED("refused"),
        INVALID_FREES("invalidFrees"),
        PEAK_COMMITTED_BYTES("peakCommittedBytes"),
        REQUESTED_AT_PEAK_BYTES("requestedAtPeakBytes");

        private static final Figure[] ALL = values();

        private final String title;

        Figure(String title) {
            this.title = title;
        }

        @SuppressWarnings("EnumOrdinal") // no array that is indexed by it leaves this class
        int index() {
            return ordinal();
        }
    }

    /** By index of {@link Figure}. */
    private final long[] figures;

    private AllocatorStats(long[] figures) {
        this.figures = figures;
    }

    /** A builder whose figures are all 0. */
    public static Builder builder() {
        return new Builder(new long[Figure.ALL.length]);
    }

    /** A builder that starts from these figures. */
    public Builder toBuilder() {
        return new Builder(figures.clone());
    }

    private long get(Figure figure) {
        return figures[figure.index()];
    }

    /** Sum of the requested sizes of the live blocks. */
    public long requestedBytes() {
        return get(Figure.REQUESTED_BYTES);
    }

    /** Sum of the sizes of the live blocks, each rounded up to its size class. */
    public long allocatedBytes() {
        return get(Figure.ALLOCATED_BYTES);
    }

    /** Memory taken from the source or upstream, with what these add to align or round it. */
    public long committedBytes() {
        return get(Figure.COMMITTED_BYTES);
    }

    /** Bookkeeping, on the heap and off it. */
    public long metadataBytes() {
        return get(Figure.METADATA_BYTES);
    }

    /** Blocks handed out and not freed. */
    public long liveBlocks() {
        return get(Figure.LIVE_BLOCKS);
    }

    /** Requests served since the allocator was made. */
    public long allocations() {
        return get(Figure.ALLOCATIONS);
    }

    /** Of the {@link #allocations}, how many had to go upstream. */
    public long misses() {
        return get(Figure.MISSES);
    }

    /** How often memory was taken from upstream or given back. */
    public long upstreamCalls() {
        return get(Figure.UPSTREAM_CALLS);
    }

    /** Requests that were not served. */
    public long refused() {
        return get(Figure.REFUSED);
    }

    /** Frees and resizes refused because the block was not live. */
    public long invalidFrees() {
        return get(Figure.INVALID_FREES);
    }

    /** The highest {@link #committedBytes} so far. */
    public long peakCommittedBytes() {
        return get(Figure.PEAK_COMMITTED_BYTES);
    }

    /**
     * The {@link #requestedBytes} when that peak was reached, including the request for which memory was taken. An
     * allocator with many chunks may read them a little before the peak, when committed bytes were at least 99.6 % of
     * it.
     */
    public long requestedAtPeakBytes() {
        return get(Figure.REQUESTED_AT_PEAK_BYTES);
    }

    /** Blocks freed so far. */
    public long frees() {
        return allocations() - liveBlocks();
    }

    /** Requests served from memory that the allocator already held. */
    public long hits() {
        return allocations() - misses();
    }

    /** Hits / allocations; 1 if there was no allocation. */
    public double hitRate() {
        return ratio(hits(), allocations(), 1);
    }

    /** Waste inside blocks: 1 - requested / allocated; 0 if nothing is allocated. */
    public double internalFragmentation() {
        return 1 - ratio(requestedBytes(), allocatedBytes(), 1);
    }

    /** Allocated / committed; 1 if nothing is committed. */
    public double utilisation() {
        return ratio(allocatedBytes(), committedBytes(), 1);
    }

    /**
     * How many bytes are committed for each requested byte: all waste in one figure, inside blocks, between them and
     * retained. 1 is the best value, and also the value if nothing is committed. It is infinite if memory is committed
     * and nothing is requested.
     */
    public double committedOverRequested() {
        return committedBytes() == 0 ? 1 : ratio(committedBytes(), requestedBytes(), Double.POSITIVE_INFINITY);
    }

    /** Metadata / committed; 0 if nothing is committed. */
    public double metadataRatio() {
        return ratio(metadataBytes(), committedBytes(), 0);
    }

    /** Peak committed over what was requested at that moment, less 1; 0 if nothing was requested then. */
    public double realisedFragmentation() {
        return ratio(peakCommittedBytes() - requestedAtPeakBytes(), requestedAtPeakBytes(), 0);
    }

    private static double ratio(long part, long whole, double ofNothing) {
        return whole == 0 ? ofNothing : (double) part / whole;
    }

    /**
     * The figures of two allocators together. The sum of the peaks is an upper bound, because the peaks may have been
     * at different times.
     *
     * @param other the figures of another allocator
     */
    public AllocatorStats plus(AllocatorStats other) {
        long[] sums = figures.clone();
        for (int i = 0; i < sums.length; i++) {
            sums[i] += other.figures[i];
        }
        return new AllocatorStats(sums);
    }

    /** All figures by their names, without ratios and differences, for tools that show every one. Unmodifiable. */
    public Map<String, Long> figures() {
        Map<String, Long> byName = LinkedHashMap.newLinkedHashMap(figures.length);
        for (Figure figure : Figure.ALL) {
            byName.put(figure.title, get(figure));
        }
        return Collections.unmodifiableMap(byName);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AllocatorStats that && Arrays.equals(figures, that.figures);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(figures);
    }

    /** All figures by their names, such as {@code AllocatorStats{requestedBytes=64, allocatedBytes=64, ...}}. */
    @Override
    public String toString() {
        return "AllocatorStats" + figures();
    }

    /**
     * Sets figures by name. A figure that is not set keeps its value, at first 0. Values are not checked. Not safe for
     * use by many threads.
     */
    public static final class Builder {

        private final long[] figures;

        private Builder(long[] figures) {
            this.figures = figures;
        }

        private Builder set(Figure figure, long value) {
            figures[figure.index()] = value;
            return this;
        }

        /**
         * Sets {@link AllocatorStats#requestedBytes}.
         *
         * @param bytes the figure
         */
        public Builder requestedBytes(long bytes) {
            return set(Figure.REQUESTED_BYTES, bytes);
        }

        /**
         * Sets {@link AllocatorStats#allocatedBytes}.
         *
         * @param bytes the figure
         */
        public Builder allocatedBytes(long bytes) {
            return set(Figure.ALLOCATED_BYTES, bytes);
        }

        /**
         * Sets {@link AllocatorStats#committedBytes}.
         *
         * @param bytes the figure
         */
        public Builder committedBytes(long bytes) {
            return set(Figure.COMMITTED_BYTES, bytes);
        }

        /**
         * Sets {@link AllocatorStats#metadataBytes}.
         *
         * @param bytes the figure
         */
        public Builder metadataBytes(long bytes) {
            return set(Figure.METADATA_BYTES, bytes);
        }

        /**
         * Sets {@link AllocatorStats#liveBlocks}.
         *
         * @param blocks the figure, which {@link AllocatorStats#frees} is computed from
         */
        public Builder liveBlocks(long blocks) {
            return set(Figure.LIVE_BLOCKS, blocks);
        }

        /**
         * Sets {@link AllocatorStats#allocations}.
         *
         * @param requests the figure, which {@link AllocatorStats#frees} and {@link AllocatorStats#hits} are computed
         *     from
         */
        public Builder allocations(long requests) {
            return set(Figure.ALLOCATIONS, requests);
        }

        /**
         * Sets {@link AllocatorStats#misses}.
         *
         * @param requests the figure, which {@link AllocatorStats#hits} is computed from
         */
        public Builder misses(long requests) {
            return set(Figure.MISSES, requests);
        }

        /**
         * Sets {@link AllocatorStats#upstreamCalls}.
         *
         * @param calls the figure
         */
        public Builder upstreamCalls(long calls) {
            return set(Figure.UPSTREAM_CALLS, calls);
        }

        /**
         * Sets {@link AllocatorStats#refused}.
         *
         * @param requests the figure
         */
        public Builder refused(long requests) {
            return set(Figure.REFUSED, requests);
        }

        /**
         * Sets {@link AllocatorStats#invalidFrees}.
         *
         * @param frees the figure
         */
        public Builder invalidFrees(long frees) {
            return set(Figure.INVALID_FREES, frees);
        }

        /**
         * Sets {@link AllocatorStats#peakCommittedBytes}.
         *
         * @param bytes the figure
         */
        public Builder peakCommittedBytes(long bytes) {
            return set(Figure.PEAK_COMMITTED_BYTES, bytes);
        }

        /**
         * Sets {@link AllocatorStats#requestedAtPeakBytes}.
         *
         * @param bytes the figure
         */
        public Builder requestedAtPeakBytes(long bytes) {
            return set(Figure.REQUESTED_AT_PEAK_BYTES, bytes);
        }

        /** The figures. The builder can be used again. */
        public AllocatorStats build() {
            return new AllocatorStats(figures.clone());
        }
    }
}
