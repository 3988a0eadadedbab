package dev.ashlar.insight;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Limit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads one allocator for a page, and keeps its last figures, which stay after it is closed. */
final class AllocatorReading {

    /** The figures that a page shows over time. */
    static final List<String> OVER_TIME = List.of(
            "requestedBytes",
            "allocatedBytes",
            "committedBytes",
            "usedBytes",
            "limitBytes",
            "allocations",
            "misses",
            "refused");

    final String name;
    final Allocator allocator;
    final Samples samples = new Samples(OVER_TIME);
    private final Optional<Limit> limit;
    private Map<String, Object> last = Map.of();

    AllocatorReading(String name, Allocator allocator) {
        this.name = name;
        this.allocator = allocator;
        this.limit = allocator.as(Limit.class);
    }

    /** Reads everything, and adds a sample. Called by one thread at a time. */
    Map<String, Object> read(long millis) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", name);
        json.put("closed", allocator.isClosed());
        addFigures(json, allocator.stats());
        limit.ifPresent(one -> {
            json.put("usedBytes", one.usedBytes());
            if (one.limitBytes() != AllocationException.NO_LIMIT) {
                json.put("limitBytes", one.limitBytes());
            }
        });
        if (!allocator.isClosed()) {
            addAdaptation(json);
        }
        samples.add(millis, json);
        last = json;
        return json;
    }

    /** What was read last. */
    Map<String, Object> last() {
        return last;
    }

    private void addAdaptation(Map<String, Object> json) {
        try {
            AdaptiveReading.addTo(json, allocator);
        } catch (NoClassDefFoundError e) {
            return; // a program without ashlar-adaptive has no such allocator
        } catch (IllegalStateException e) {
            json.put("closed", true); // just now
        }
    }

    /** Adds all figures by their names, and the ratios. */
    static void addFigures(Map<String, Object> json, AllocatorStats stats) {
        json.putAll(stats.figures());
        json.put("hitRate", stats.hitRate());
        json.put("internalFragmentation", stats.internalFragmentation());
        json.put("utilisation", stats.utilisation());
    }
}
