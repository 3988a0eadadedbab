package dev.ashlar.insight;

import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.adaptive.AdaptiveReport.Tier;
import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What only an adaptive allocator can tell: tiers, tags, its pools, alerts, and what it did and why. The one class that
 * refers to {@code ashlar-adaptive}, which a program need not have.
 */
final class AdaptiveReading {

    /** Of a history of some hundred events, the last ones. */
    private static final int EVENTS = 100;

    private AdaptiveReading() {}

    /** Adds the report of an allocator that is adaptive. */
    static void addTo(Map<String, Object> json, Allocator allocator) {
        allocator.as(AdaptiveAllocator.class).ifPresent(adaptive -> add(json, adaptive.report()));
    }

    private static void add(Map<String, Object> json, AdaptiveReport report) {
        json.put("softLimitBytes", report.softLimitBytes());
        json.put("tiers", report.tiers().stream().map(AdaptiveReading::tier).toList());
        json.put(
                "tags",
                report.tags().entrySet().stream()
                        .map(entry -> figures(entry.getKey(), entry.getValue()))
                        .toList());
        json.put("alerts", report.alerts().stream().map(AdaptiveReading::event).toList());
        List<AllocatorEvent> history = report.history();
        json.put(
                "history",
                history.subList(Math.max(0, history.size() - EVENTS), history.size()).stream()
                        .map(AdaptiveReading::event)
                        .toList());
        json.put(
                "adaptedPools",
                report.pools().entrySet().stream()
                        .map(entry -> pool(entry.getKey(), entry.getValue()))
                        .toList());
    }

    private static Map<String, Object> tier(Tier tier) {
        Map<String, Object> json = figures(tier.name(), tier.stats());
        json.put("strategy", tier.strategy());
        json.put("upTo", tier.upTo());
        json.put("retainedBytes", tier.retention().retainedBytes());
        json.put("resizes", tier.retention().resizes());
        json.put("table", tier.table());
        return json;
    }

    private static Map<String, Object> figures(String name, AllocatorStats stats) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", name);
        AllocatorReading.addFigures(json, stats);
        return json;
    }

    private static Map<String, Object> pool(String name, AdaptiveReport.PooledObjects pool) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", name);
        json.put("maxIdle", pool.maxIdle());
        json.put("idle", pool.stats().idle());
        json.put("live", pool.stats().live());
        json.put("created", pool.stats().created());
        json.put("hitRate", pool.stats().hitRate());
        json.put("reuseRatio", pool.stats().reuseRatio());
        json.put("resizes", pool.resizes());
        return json;
    }

    private static Map<String, Object> event(AllocatorEvent event) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("time", event.time().toEpochMilli());
        json.put("kind", event.getClass().getSimpleName());
        json.put("text", event.describe());
        return json;
    }
}
