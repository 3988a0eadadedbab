package dev.ashlar.api.compose;

import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongToDoubleFunction;

/** Sums live blocks by site, during one walk. It needs no object for a block. */
final class LiveBySite implements SampledBlocks.Visitor {

    private final LongToDoubleFunction weightOf;
    private final long now;
    private final long latestBirth;
    private double[] blocks = new double[16];
    private double[] bytes = new double[16];
    private double[] unreachable = new double[16];
    private long[] samples = new long[16];
    private long[] firstBirth = new long[16];

    /**
     * Nothing yet.
     *
     * @param weightOf how many blocks of a size a sample represents
     * @param now the time in milliseconds
     * @param latestBirth blocks that were allocated later do not count
     */
    LiveBySite(LongToDoubleFunction weightOf, long now, long latestBirth) {
        this.weightOf = weightOf;
        this.now = now;
        this.latestBirth = latestBirth;
    }

    @Override
    public void block(
            long address,
            long byteSize,
            long bornMillis,
            long thread,
            String threadName,
            int site,
            boolean isUnreachable) {
        if (bornMillis > latestBirth) {
            return;
        }
        growTo(site + 1);
        double weight = weightOf.applyAsDouble(byteSize);
        firstBirth[site] = samples[site] == 0 ? bornMillis : Math.min(firstBirth[site], bornMillis);
        samples[site]++;
        blocks[site] += weight;
        bytes[site] += weight * byteSize;
        unreachable[site] += isUnreachable ? weight : 0;
    }

    private void growTo(int sites) {
        if (sites > samples.length) {
            int length = Math.max(sites, 2 * samples.length);
            blocks = Arrays.copyOf(blocks, length);
            bytes = Arrays.copyOf(bytes, length);
            unreachable = Arrays.copyOf(unreachable, length);
            samples = Arrays.copyOf(samples, length);
            firstBirth = Arrays.copyOf(firstBirth, length);
        }
    }

    /** The sampled live blocks of all sites. */
    long samples() {
        return Arrays.stream(samples).sum();
    }

    /** The live blocks of all sites. */
    long blocks() {
        return Math.round(Arrays.stream(blocks).sum());
    }

    /** The live bytes of all sites. */
    long bytes() {
        return Math.round(Arrays.stream(bytes).sum());
    }

    /** The figures of each site, the most live bytes first. */
    List<TrackingReport.Site> sites(List<AllocationSites.Site> sites) {
        growTo(sites.size());
        return sites.stream()
                .map(this::figures)
                .sorted(Comparator.comparingLong(TrackingReport.Site::liveBytes)
                        .thenComparingLong(TrackingReport.Site::liveBlocks)
                        .reversed())
                .toList();
    }

    private TrackingReport.Site figures(AllocationSites.Site site) {
        int i = site.number;
        return new TrackingReport.Site(
                site.tag,
                site.frames,
                samples[i],
                Math.round(blocks[i]),
                Math.round(bytes[i]),
                samples[i] == 0 ? Duration.ZERO : Duration.ofMillis(Math.max(0, now - firstBirth[i])),
                Math.round(unreachable[i]),
                Math.round(site.allocatedBlocks.sum()),
                Math.round(site.allocatedBytes.sum()),
                Math.round(site.freedBlocks.sum()),
                Math.round(site.freedBytes.sum()));
    }
}
