package dev.ashlar.adaptive;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.spi.ProcessMemory;
import java.util.Locale;

/** Writes a report as text. */
final class ReportText {

    private final StringBuilder text = new StringBuilder();

    private ReportText() {}

    static String of(AdaptiveReport report) {
        ReportText text = new ReportText();
        text.totals(report);
        text.tiers(report);
        text.tags(report);
        text.pools(report);
        text.line("alerts: %s", report.alerts().isEmpty() ? "none" : "");
        report.alerts().forEach(alert -> text.line("  %s", alert.describe()));
        text.line("history: %s", report.history().isEmpty() ? "no decisions yet" : "");
        report.history().forEach(event -> text.line("  %s %s", event.time(), event.describe()));
        return text.text.toString();
    }

    private void totals(AdaptiveReport report) {
        AllocatorStats totals = report.totals();
        line("adaptive allocator at %s", report.time());
        line(
                "  %,d live blocks, %,d bytes requested, %,d allocated, %,d committed, %,d for bookkeeping",
                totals.liveBlocks(),
                totals.requestedBytes(),
                totals.allocatedBytes(),
                totals.committedBytes(),
                totals.metadataBytes());
        line(
                "  %,d allocations, hit rate %.4f, %,d refused, %,d invalid frees",
                totals.allocations(), totals.hitRate(), totals.refused(), totals.invalidFrees());
        if (report.limitBytes() != AllocationException.NO_LIMIT) {
            line("  limit %,d, soft limit %,d", report.limitBytes(), report.softLimitBytes());
            processMemory();
        }
    }

    private void processMemory() {
        try {
            line("  the process may use %s", ProcessMemory.now());
        } catch (IllegalStateException e) {
            return; // a runtime image without the module that knows it
        }
    }

    private void tiers(AdaptiveReport report) {
        line(
                "%-8s %-9s %14s %12s %14s %14s %8s %9s %12s",
                "tier", "strategy", "up to", "live", "allocated", "committed", "waste", "hit rate", "retained");
        for (AdaptiveReport.Tier tier : report.tiers()) {
            line(
                    "%-8s %-9s %,14d %,12d %,14d %,14d %7.1f%% %9.4f %,12d",
                    tier.name(),
                    tier.strategy(),
                    tier.upTo(),
                    tier.stats().liveBlocks(),
                    tier.stats().allocatedBytes(),
                    tier.stats().committedBytes(),
                    tier.stats().internalFragmentation() * 100,
                    tier.retention().hitRate(),
                    tier.retention().retainedBytes());
            if (tier.externalFragmentation() > 0) {
                line("  external fragmentation %.3f", tier.externalFragmentation());
            }
            tier.classes()
                    .forEach(sizeClass -> line(
                            "  class %,8d: %,10d live in %,6d slabs of %,12d bytes",
                            sizeClass.byteSize(), sizeClass.liveBlocks(), sizeClass.slabs(), sizeClass.slabBytes()));
        }
    }

    private void tags(AdaptiveReport report) {
        report.tags()
                .forEach((tag, stats) -> line(
                        "tag %s: %,d live blocks, %,d bytes requested, %,d committed",
                        tag, stats.liveBlocks(), stats.requestedBytes(), stats.committedBytes()));
    }

    private void pools(AdaptiveReport report) {
        report.pools()
                .forEach((name, pool) -> line(
                        "pool %s: %,d live, %,d idle of %,d, hit rate %.4f, reuse %.4f",
                        name,
                        pool.stats().live(),
                        pool.stats().idle(),
                        pool.maxIdle(),
                        pool.stats().hitRate(),
                        pool.stats().reuseRatio()));
    }

    @SuppressWarnings("AnnotateFormatMethod") // the annotation would be a dependency
    private void line(String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values).stripTrailing()).append('\n');
    }
}
