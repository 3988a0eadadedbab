package dev.ashlar.adaptive.jmx;

import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.adaptive.watch.RecentReport;
import dev.ashlar.adaptive.watch.ResizeCounts;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.PoolStats;
import java.util.List;

/** Reads a report as the bean shows it. */
final class AllocatorBean implements AllocatorMXBean {

    private final AdaptiveAllocator allocator;
    private final RecentReport reports;
    private final ResizeCounts resizes;

    AllocatorBean(AdaptiveAllocator allocator, RecentReport reports, ResizeCounts resizes) {
        this.allocator = allocator;
        this.reports = reports;
        this.resizes = resizes;
    }

    private AdaptiveReport report() {
        return reports.latest();
    }

    @Override
    public long getLimitBytes() {
        return orNone(report().limitBytes());
    }

    @Override
    public long getSoftLimitBytes() {
        AdaptiveReport report = report();
        return report.limitBytes() == AllocationException.NO_LIMIT ? -1 : report.softLimitBytes();
    }

    private static long orNone(long limit) {
        return limit == AllocationException.NO_LIMIT ? -1 : limit;
    }

    @Override
    public MemoryFigures getTotals() {
        return figures(report().totals());
    }

    @Override
    public long getMetadataBytes() {
        return report().totals().metadataBytes();
    }

    @Override
    public long getRefusedCount() {
        return report().totals().refused();
    }

    private static MemoryFigures figures(AllocatorStats stats) {
        return new MemoryFigures(
                stats.requestedBytes(),
                stats.allocatedBytes(),
                stats.committedBytes(),
                stats.liveBlocks(),
                stats.allocations(),
                stats.misses(),
                stats.hitRate(),
                stats.internalFragmentation());
    }

    @Override
    public List<TierFigures> getTiers() {
        return report().tiers().stream()
                .map(tier -> new TierFigures(
                        tier.name(),
                        tier.strategy(),
                        tier.upTo(),
                        tier.capacity(),
                        tier.hitRate(),
                        resizes.ofTier(tier.name()),
                        figures(tier.stats())))
                .toList();
    }

    @Override
    public List<TagFigures> getTags() {
        return report().tags().entrySet().stream()
                .map(tag -> new TagFigures(tag.getKey(), figures(tag.getValue())))
                .toList();
    }

    @Override
    public List<PoolFigures> getPools() {
        return report().pools().entrySet().stream()
                .map(pool -> figures(
                        pool.getKey(),
                        pool.getValue().capacity(),
                        pool.getValue().stats()))
                .toList();
    }

    private PoolFigures figures(String name, long capacity, PoolStats stats) {
        return new PoolFigures(
                name,
                capacity,
                stats.idle(),
                stats.live(),
                stats.retrieved(),
                stats.discarded(),
                stats.hitRate(),
                stats.reuseRatio(),
                resizes.ofPool(name));
    }

    @Override
    public List<String> getAlerts() {
        return report().alerts().stream().map(AllocatorEvent::describe).toList();
    }

    @Override
    public List<String> getHistory() {
        return report().history().stream()
                .map(event -> event.time() + " " + event.describe())
                .toList();
    }

    @Override
    public String getSummary() {
        return report().text();
    }

    @Override
    public long trim() {
        return allocator.trim();
    }
}
