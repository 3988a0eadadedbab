package dev.ashlar.insight;

import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What only an adaptive allocator can tell: tiers, tags, alerts, and what it did and why. The one class that refers to
 * {@code ashlar-adaptive}, which a program need not have.
 */
final class AdaptiveFigures {

    /** Of a history of some hundred events, the last ones. */
    private static final int EVENTS = 100;

    private AdaptiveFigures() {}

    /** Adds the report of an allocator that is adaptive. */
    static void addTo(Map<String, Object> json, Allocator allocator) {
        AdaptiveAllocator adaptive = allocator.as(AdaptiveAllocator.class).orElse(null);
        if (adaptive == null) {
            return;
        }
        AdaptiveReport report = adaptive.report();
        List<Object> tiers = new ArrayList<>();
        for (AdaptiveReport.Tier tier : report.tiers()) {
            Map<String, Object> one = named(tier.name(), tier.stats());
            one.put("strategy", tier.strategy());
            one.put("upTo", tier.upTo());
            one.put("retainedBytes", tier.retention().retainedBytes());
            one.put("classes", tier.table().size());
            tiers.add(one);
        }
        List<Object> tags = new ArrayList<>();
        report.tags().forEach((tag, stats) -> tags.add(named(tag, stats)));
        List<Report.Thing> pools = new ArrayList<>();
        report.pools().forEach((name, pool) -> {
            Map<String, Object> figures = new LinkedHashMap<>();
            figures.put("idle", pool.stats().idle());
            figures.put("live", pool.stats().live());
            figures.put("maxIdle", pool.maxIdle());
            figures.put("resizes", pool.resizes());
            figures.put("hitRate", pool.stats().hitRate());
            figures.put("reuseRatio", pool.stats().reuseRatio());
            pools.add(new Report.Thing("adaptedPool", name, figures));
        });
        List<AllocatorEvent> history = report.history();
        json.put("tiers", tiers);
        json.put("tags", tags);
        json.put("pools", pools);
        json.put("alerts", events(report.alerts()));
        json.put("history", events(history.subList(Math.max(0, history.size() - EVENTS), history.size())));
    }

    private static Map<String, Object> named(String name, AllocatorStats stats) {
        Map<String, Object> json = AllocatorFigures.of(stats);
        json.put("name", name);
        return json;
    }

    private static List<Report.Event> events(List<? extends AllocatorEvent> events) {
        return events.stream()
                .map(event -> new Report.Event(
                        null, event.time().toEpochMilli(), event.getClass().getSimpleName(), event.describe()))
                .toList();
    }
}
