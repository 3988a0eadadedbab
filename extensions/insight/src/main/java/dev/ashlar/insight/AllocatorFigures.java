package dev.ashlar.insight;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Limit;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a page shows of an allocator, by the names of the figures. */
final class AllocatorFigures {

    private AllocatorFigures() {}

    /** Reads everything. */
    static Map<String, Object> of(Allocator allocator) {
        Map<String, Object> json = of(allocator.stats());
        json.put("closed", allocator.isClosed());
        allocator.as(Limit.class).ifPresent(limit -> {
            json.put("usedBytes", limit.usedBytes());
            if (limit.limitBytes() != AllocationException.NO_LIMIT) {
                json.put("limitBytes", limit.limitBytes());
            }
        });
        try {
            AdaptiveFigures.addTo(json, allocator);
        } catch (NoClassDefFoundError e) {
            return json; // a program without ashlar-adaptive has no such allocator
        } catch (IllegalStateException e) {
            json.put("closed", true); // perhaps just now
        }
        return json;
    }

    /** All figures, and the ratios. */
    static Map<String, Object> of(AllocatorStats stats) {
        Map<String, Object> json = new LinkedHashMap<>(stats.figures());
        json.put("hitRate", stats.hitRate());
        json.put("internalFragmentation", stats.internalFragmentation());
        json.put("utilisation", stats.utilisation());
        return json;
    }
}
