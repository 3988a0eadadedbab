package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AdaptationConfig;
import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.MemorySources;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Computes a table of size classes for a tier from the sizes that are asked for, and says when it is worth a change. For the
 * housekeeping thread.
 *
 * <p>What a table wastes is not computed but tried: an allocator of the strategy serves each size once, and tells what it
 * allocated for it. So it does not matter how a strategy rounds.
 *
 * <p>Powers of two are always classes, so that sizes and alignments that were not seen find a class that is not far. Where
 * blocks are aligned to 16 bytes, as C's malloc does, classes are multiples of 16.
 */
final class TableChooser {

    /** Fewer requests than this say nothing about the next. */
    private static final long FEWEST_SAMPLES = 1_000;

    /** This share of requests aligned to 16 makes all classes multiples of 16. */
    private static final double ALIGNED_SHARE = 0.01;

    /** What a class costs by being there: half of a slab that nobody fills, of the size that a second slab has. */
    private static final double BYTES_OF_CLASS = 8 * 1024;

    private static final int GRANULE = 8;
    private static final int ALIGNED_GRANULE = 16;

    private final Tier tier;
    private final AllocatorConfig config;
    private final AdaptationConfig adaptation;
    private final SizeHistogram histogram;
    private @Nullable Instant looked;

    private TableChooser(Tier tier, AllocatorConfig config, AdaptationConfig adaptation) {
        this.tier = tier;
        this.config = config;
        this.adaptation = adaptation;
        this.histogram = new SizeHistogram(Math.toIntExact(tier.upTo()));
    }

    /**
     * A chooser for a tier, if its strategy takes a table.
     *
     * @param tier the tier
     * @param config what the allocators of the tier are made with
     */
    static Optional<TableChooser> of(Tier tier, AllocatorConfig config, AdaptationConfig adaptation) {
        boolean inRange =
                tier.upTo() >= ALIGNED_GRANULE && tier.upTo() <= 64 * 1024 && tier.upTo() % ALIGNED_GRANULE == 0;
        if (!inRange || adaptation.sampling().isZero()) {
            return Optional.empty();
        }
        TableChooser chooser = new TableChooser(tier, config, adaptation);
        try {
            chooser.trial(List.of(Math.toIntExact(tier.upTo()))).close();
            return Optional.of(chooser);
        } catch (IllegalArgumentException e) { // an unknown key: it has no table, or one that cannot be chosen
            return Optional.empty();
        }
    }

    SizeHistogram histogram() {
        return histogram;
    }

    private Allocator trial(List<Integer> table) {
        AllocatorConfig own = config.toBuilder()
                .preallocateBytes(0)
                .reserveBytes(0)
                .capacityBytes(0)
                .build();
        return tier.strategy().create(own, MemorySources.standard(), table);
    }

    /**
     * Looks whether another table is worth a change, unless it did so a short while ago.
     *
     * @return the event of a change to make, or empty
     */
    Optional<AllocatorEvent.TableSwitched> look(Instant now) {
        if (looked == null) {
            looked = now;
        }
        if (!tier.maySwitch() || Duration.between(looked, now).compareTo(adaptation.pause()) < 0) {
            return Optional.empty();
        }
        long[] counts = histogram.counts();
        long samples = Arrays.stream(counts).sum();
        if (samples < FEWEST_SAMPLES) {
            return Optional.empty();
        }
        looked = now;
        int granule = histogram.alignedCount() > samples * ALIGNED_SHARE ? ALIGNED_GRANULE : GRANULE;
        Demand demand = Demand.of(histogram.upperBounds(), counts, granule);
        List<Integer> table =
                demand.bestTable(adaptation.sizeClasses(), tier.stats().allocatedBytes());
        histogram.halve();
        if (table.equals(tier.current().table())) {
            return Optional.empty();
        }
        double before = waste(tier.current().table(), demand, granule);
        double after = waste(table, demand, granule);
        return before - after < adaptation.tableSaving()
                ? Optional.empty()
                : Optional.of(new AllocatorEvent.TableSwitched(now, tier.name(), table, before, after, samples));
    }

    /** The share of allocated bytes that a table wastes for a demand, tried out. */
    private double waste(List<Integer> table, Demand demand, int byteAlignment) {
        double requested = 0;
        double allocated = 0;
        try (Allocator trial = trial(table)) {
            for (int i = 0; i < demand.sizes.length; i++) {
                if (demand.counts[i] > 0) {
                    MemorySegment block = trial.allocate(demand.sizes[i], byteAlignment);
                    allocated += (double) demand.counts[i] * trial.stats().allocatedBytes();
                    requested += (double) demand.counts[i] * demand.sizes[i];
                    trial.free(block);
                }
            }
        }
        return allocated == 0 ? 0 : 1 - requested / allocated;
    }

    /** Sizes rounded to a granule, with how often they were asked for; powers of two among them whether or not. */
    @SuppressWarnings("ArrayRecordComponent") // stays in here
    private record Demand(int[] sizes, long[] counts, boolean[] anchors) {

        static Demand of(int[] upperBounds, long[] countOfBucket, int granule) {
            int largest = upperBounds[upperBounds.length - 1];
            long[] countAt = new long[largest / granule + 1];
            for (int i = 0; i < upperBounds.length; i++) {
                countAt[(upperBounds[i] + granule - 1) / granule] += countOfBucket[i];
            }
            int[] sizes = IntStream.rangeClosed(1, largest / granule)
                    .filter(i -> countAt[i] > 0 || isAnchor(i * granule, largest))
                    .map(i -> i * granule)
                    .toArray();
            long[] counts = Arrays.stream(sizes)
                    .mapToLong(size -> countAt[size / granule])
                    .toArray();
            boolean[] anchors = new boolean[sizes.length];
            for (int i = 0; i < sizes.length; i++) {
                anchors[i] = isAnchor(sizes[i], largest);
            }
            return new Demand(sizes, counts, anchors);
        }

        private static boolean isAnchor(int size, int largest) {
            return Integer.bitCount(size) == 1 || size == largest;
        }

        /** Weighs waste in what was counted against slabs in what is live: a class must be worth its slab. */
        List<Integer> bestTable(int classes, long liveBytes) {
            double counted = 0;
            for (int i = 0; i < sizes.length; i++) {
                counted += (double) sizes[i] * counts[i];
            }
            double costOfClass = BYTES_OF_CLASS * counted / Math.max(1, liveBytes);
            return Arrays.stream(ClassOptimizer.optimum(sizes, counts, anchors, classes, costOfClass))
                    .boxed()
                    .toList();
        }
    }
}
