package dev.ashlar.insight;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Limit;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads one allocator for a page, and keeps its last figures, which stay after it is closed. */
final class AllocatorReading {

    final String name;
    final Allocator allocator;
    final Samples samples = new Samples();
    private Map<String, Object> last = Map.of();

    AllocatorReading(String name, Allocator allocator) {
        this.name = name;
        this.allocator = allocator;
    }

    /** Reads everything, and adds a sample. Called by one thread at a time. */
    Map<String, Object> read(long millis) {
        Map<String, Object> json = figures(allocator.stats());
        json.put("name", name);
        json.put("closed", allocator.isClosed());
        allocator.as(Limit.class).ifPresent(limit -> {
            json.put("usedBytes", limit.usedBytes());
            if (limit.limitBytes() != AllocationException.NO_LIMIT) {
                json.put("limitBytes", limit.limitBytes());
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

    /** All figures by their names, and the ratios. */
    static Map<String, Object> figures(AllocatorStats stats) {
        Map<String, Object> json = new LinkedHashMap<>(stats.figures());
        json.put("hitRate", stats.hitRate());
        json.put("internalFragmentation", stats.internalFragmentation());
        json.put("utilisation", stats.utilisation());
        return json;
    }
}
