package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AdaptationConfig;
import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.spi.support.SizeClassed;
import dev.ashlar.spi.support.SizeClasses;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Computes a table of size classes for a tier from the sizes that are asked for, and says when it is worth a change. For the
 * housekeeping thread.
 *
 * <p>Powers of two are always classes, so that sizes and alignments that were not seen find a class that is not far. Where
 * blocks are aligned to 16 bytes, as C's malloc does, classes are multiples of 16.
 */
final class TableChooser {

    private static final Logger LOG = LoggerFactory.getLogger(TableChooser.class);

    /** Fewer requests than this say nothing about the next. */
    private static final long FEWEST_SAMPLES = 1_000;

    /** From so many on the older half of them weighs less; until then what is seen adds up, so that phases even out. */
    private static final long ENOUGH_SAMPLES = 1_000_000;

    /** This share of requests aligned to 16 makes all classes multiples of 16. */
    private static final double ALIGNED_SHARE = 0.01;

    /** What a class costs by being there: half of a slab that nobody fills, of the size that a second slab has. */
    private static final double BYTES_OF_CLASS = 8 * 1024;

    private static final int GRANULE = 8;
    private static final int ALIGNED_GRANULE = 16;

    private final Tier tier;
    private final SizeClassed sizeClassed;
    private final AdaptationConfig adaptation;
    private final SizeHistogram histogram;
    private @Nullable Instant looked;

    private TableChooser(Tier tier, SizeClassed sizeClassed, AdaptationConfig adaptation) {
        this.tier = tier;
        this.sizeClassed = sizeClassed;
        this.adaptation = adaptation;
        this.histogram = new SizeHistogram(sizeClassed.sizeClasses().largest());
    }

    /** A chooser for a tier, if its strategy takes other size classes and sizes are counted. */
    static Optional<TableChooser> of(Tier tier, AdaptationConfig adaptation) {
        SizeClassed sizeClassed = tier.part().sizeClassed;
        return sizeClassed == null || adaptation.sampling().isZero()
                ? Optional.empty()
                : Optional.of(new TableChooser(tier, sizeClassed, adaptation));
    }

    SizeHistogram histogram() {
        return histogram;
    }

    /**
     * Looks whether another table is worth a change, and makes it, unless it looked a short while ago.
     *
     * @return what changed, if anything
     */
    Optional<AllocatorEvent.TableSwitched> look(Instant now) {
        if (looked == null) {
            looked = now;
        }
        if (Duration.between(looked, now).compareTo(adaptation.pause()) < 0) {
            return Optional.empty();
        }
        long[] counts = histogram.counts();
        long samples = Arrays.stream(counts).sum();
        if (samples < FEWEST_SAMPLES) {
            return Optional.empty();
        }
        looked = now;
        int granule = histogram.alignedCount() > samples * ALIGNED_SHARE ? ALIGNED_GRANULE : GRANULE;
        if (samples > ENOUGH_SAMPLES) {
            histogram.halve();
        }
        Demand demand = Demand.of(histogram.upperBounds(), counts, granule);
        long liveBytes = tier.part().allocator.stats().allocatedBytes();
        int[] table = demand.bestTable(adaptation.sizeClasses(), liveBytes);
        double before = demand.waste(sizeClassed.sizeClasses(), granule);
        double after = demand.waste(SizeClasses.of(table), granule);
        if (before - after < adaptation.tableSaving()) {
            return Optional.empty();
        }
        try {
            sizeClassed.useSizeClasses(table);
        } catch (IllegalArgumentException e) {
            LOG.debug("tier {} keeps its size classes", tier.name(), e);
            return Optional.empty();
        }
        List<Integer> sizes = Arrays.stream(table).boxed().toList();
        return Optional.of(new AllocatorEvent.TableSwitched(now, tier.name(), sizes, before, after, samples));
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
        int[] bestTable(int classes, long liveBytes) {
            double costOfClass = BYTES_OF_CLASS * requestedBytes() / Math.max(1, liveBytes);
            return ClassOptimizer.optimum(sizes, counts, anchors, classes, costOfClass);
        }

        /** The share of the allocated bytes that a table wastes. */
        double waste(SizeClasses table, int byteAlignment) {
            double allocated = 0;
            for (int i = 0; i < sizes.length; i++) {
                int sizeClass = table.classOf(sizes[i], byteAlignment);
                int byteSize = sizeClass < 0 ? sizes[i] : table.size(sizeClass);
                allocated += (double) byteSize * counts[i];
            }
            return allocated == 0 ? 0 : 1 - requestedBytes() / allocated;
        }

        private double requestedBytes() {
            double bytes = 0;
            for (int i = 0; i < sizes.length; i++) {
                bytes += (double) sizes[i] * counts[i];
            }
            return bytes;
        }
    }
}
