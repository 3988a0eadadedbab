package dev.ashlar.cache;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * What a cache did since it was built, what other settings would have reached, and what to change. Fractions are of 1.
 *
 * @param eviction its policy
 * @param maximumBytes its bound
 * @param elapsed time since it was built
 * @param stats its figures
 * @param sample the simulations
 */
public record CacheAnalysis(Eviction eviction, long maximumBytes, Duration elapsed, CacheStats stats, Sample sample) {

    /** Differences of hit rates that are worth a change, and far more than the error of 1000 sampled reads. */
    private static final double WORTH = 0.02;

    private static final int LEAST_READS = 1000;

    /** Values of one size that must have been stored before it is said that they are never hit. */
    private static final int LEAST_STORED = 20;

    /**
     * What was sampled.
     *
     * @param oneIn one of so many keys is sampled
     * @param reads reads of these keys
     * @param simulated caches of other policies and sizes
     * @param sizes values by size, without those that never occurred
     * @param ages values by age, without those that never occurred, the youngest first
     */
    public record Sample(int oneIn, long reads, List<Simulated> simulated, List<Size> sizes, List<Age> ages) {}

    /**
     * A simulated cache.
     *
     * @param eviction its policy
     * @param maximumBytes its bound
     * @param hitRate what it would have reached in memory
     */
    public record Simulated(Eviction eviction, long maximumBytes, double hitRate) {}

    /**
     * Values of similar size.
     *
     * @param mostBytes the largest block of these, a power of two; the smallest is larger than half of it
     * @param stored how many were stored
     * @param storedBytes bytes that these take
     * @param hits reads that found one of them
     */
    public record Size(long mostBytes, long stored, long storedBytes, long hits) {}

    /**
     * Values of similar age. The age is the time since the value was last stored.
     *
     * @param most the oldest of these, a power of two in nanoseconds; the youngest is older than half of it
     * @param hits reads that found a value of this age
     * @param evicted values that were evicted at this age
     */
    public record Age(Duration most, long hits, long evicted) {}

    /**
     * The age that a share of the hits is not older than: a bound that is at most twice too high. A time to live of it
     * would lose at most the other hits.
     *
     * @param share of the hits, 0 to 1
     * @return the age, or empty if nothing of the sample was hit
     */
    public Optional<Duration> ageOfHits(double share) {
        return age(share, Age::hits);
    }

    /**
     * The age that a share of the values has at most when it is evicted: a bound that is at most twice too high.
     *
     * @param share of the evicted values, 0 to 1
     * @return the age, or empty if nothing of the sample was evicted
     */
    public Optional<Duration> ageOfEvicted(double share) {
        return age(share, Age::evicted);
    }

    private Optional<Duration> age(double share, ToLongFunction<Age> count) {
        double wanted = share * sample.ages.stream().mapToLong(count).sum();
        long seen = 0;
        for (Age age : sample.ages) {
            seen += count.applyAsLong(age);
            if (seen > 0 && seen >= wanted) {
                return Optional.of(age.most);
            }
        }
        return Optional.empty();
    }

    /**
     * How long a value stays in memory, on average; zero if none has left. By Little's law: values / rate of leaving.
     */
    public Duration meanStay() {
        long left = stats.evictions() + stats.expired();
        return left == 0
                ? Duration.ZERO
                : Duration.ofNanos((long) ((double) elapsed.toNanos() * stats.entries() / left));
    }

    /** Loading time that hits saved: hits times the mean time of a load. */
    public Duration savedTime() {
        return Duration.ofNanos((long) (stats.hits() * stats.meanLoadNanos()));
    }

    /** Heap for metadata over bytes of blocks, both in memory; 0 if nothing is stored. */
    public double metadataShare() {
        return stats.storedBytes() == 0 ? 0 : (double) stats.metadataBytes() / stats.storedBytes();
    }

    /**
     * What a policy and size would have reached.
     *
     * @param policy any policy, for the cache's own size; or the cache's own, for half, double and four times its size
     * @param bytes the size
     * @return its hit rate, or empty if it was not simulated
     */
    public Optional<Double> simulatedHitRate(Eviction policy, long bytes) {
        return sample.simulated.stream()
                .filter(each -> each.eviction == policy && each.maximumBytes == bytes)
                .map(Simulated::hitRate)
                .findFirst();
    }

    /** What to change, in words with figures; the most useful change is not necessarily the first. */
    public List<String> recommendations() {
        List<String> all = new ArrayList<>();
        if (sample.reads < LEAST_READS) {
            all.add("Only " + sample.reads + " reads were sampled. Simulations need " + LEAST_READS
                    + ": run longer, or sample more than one in " + sample.oneIn + " keys.");
        } else {
            recommendPolicy(all);
            recommendSize(all);
        }
        recommendLargestValue(all);
        long wanted = stats.puts() + stats.loads() + stats.notStored();
        if (stats.notStored() * 100 > wanted) {
            all.add(percent(stats.notStored(), wanted) + " of the values found no memory. Raise the limit of the"
                    + " allocator, or lower maximumBytes, so that the cache evicts before the allocator refuses.");
        }
        if (stats.compressedBytes() < stats.valueBytes() && stats.compressionRatio() > 0.95) {
            all.add("Compression saves only " + percent(1 - stats.compressionRatio())
                    + " and each value is compressed: switch it off.");
        }
        if (metadataShare() > 0.5) {
            all.add("Metadata on the heap is " + percent(metadataShare())
                    + " of the bytes of values. Store several small values under one key, or keep them on the heap.");
        }
        CacheStats.Disk disk = stats.disk();
        if (disk.dropped() * 10 > disk.demotions() + disk.dropped()) {
            all.add(percent(disk.dropped(), disk.demotions() + disk.dropped())
                    + " of the values that left memory were not written to disk: its executor is too slow,"
                    + " or the file is too small for them.");
        }
        return all;
    }

    private void recommendPolicy(List<String> all) {
        double own = simulatedHitRate(eviction, maximumBytes).orElse(0.0);
        sample.simulated.stream()
                .filter(each -> each.maximumBytes == maximumBytes)
                .max(Comparator.comparingDouble(Simulated::hitRate))
                .filter(best -> best.hitRate - own >= WORTH)
                .ifPresent(best -> all.add("Use eviction " + best.eviction + ": it would reach " + percent(best.hitRate)
                        + " hits in place of " + percent(own) + "."));
    }

    private void recommendSize(List<String> all) {
        double own = simulatedHitRate(eviction, maximumBytes).orElse(0.0);
        double half = simulatedHitRate(eviction, maximumBytes / 2).orElse(0.0);
        for (long factor : new long[] {2, 4}) {
            double larger = simulatedHitRate(eviction, factor * maximumBytes).orElse(0.0);
            if (larger - own >= WORTH) {
                all.add("Raise maximumBytes from " + maximumBytes + " to " + factor * maximumBytes + " for "
                        + percent(larger) + " hits in place of " + percent(own) + ".");
            }
        }
        if (own - half < WORTH / 2) {
            all.add("Lower maximumBytes from " + maximumBytes + " to " + maximumBytes / 2 + ": hits would be "
                    + percent(half) + " in place of " + percent(own) + ".");
        }
    }

    /** The size above which all values together are never hit. */
    private void recommendLargestValue(List<String> all) {
        long bytes = sample.sizes.stream().mapToLong(Size::storedBytes).sum();
        long unusedBytes = 0;
        long unused = 0;
        long least = 0;
        for (Size size : sample.sizes.reversed()) {
            if (size.hits > 0) {
                break;
            }
            unusedBytes += size.storedBytes;
            unused += size.stored;
            least = size.mostBytes / 2;
        }
        if (unused >= LEAST_STORED
                && unused < sample.sizes.stream().mapToLong(Size::stored).sum()) {
            all.add("Values over " + least + " bytes are never hit and take " + percent(unusedBytes, bytes)
                    + " of the bytes that are stored. Set largestValue to " + least + ".");
        }
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }

    private static String percent(long part, long whole) {
        return percent(whole == 0 ? 0 : (double) part / whole);
    }

    private static String text(Optional<Duration> age) {
        return age.map(Duration::toString).orElse("unknown");
    }

    /** All of this as text of several lines. */
    public String text() {
        try (Formatter text = new Formatter(Locale.ROOT)) {
            text.format("%s cache of %d bytes, after %s\n", eviction, maximumBytes, elapsed);
            text.format(
                    "hits %s of %d reads; a miss takes %.0f ns; loading saved %s\n",
                    percent(stats.hitRate()), stats.hits() + stats.misses(), stats.meanLoadNanos(), savedTime());
            text.format(
                    "%d values, %d bytes in blocks, metadata %s; %d evicted, %d expired; a value stays %s\n",
                    stats.entries(),
                    stats.storedBytes(),
                    percent(metadataShare()),
                    stats.evictions(),
                    stats.expired(),
                    meanStay());
            text.format(
                    "ages up to which half and 95 %% are: hits %s and %s, evicted %s and %s\n",
                    text(ageOfHits(0.5)), text(ageOfHits(0.95)), text(ageOfEvicted(0.5)), text(ageOfEvicted(0.95)));
            text.format("simulated on one in %d keys, %d reads:\n", sample.oneIn, sample.reads);
            for (Simulated each : sample.simulated) {
                text.format("  %s, %d bytes: %s\n", each.eviction, each.maximumBytes, percent(each.hitRate));
            }
            recommendations().forEach(each -> text.format("%s\n", each));
            return text.toString();
        }
    }
}
