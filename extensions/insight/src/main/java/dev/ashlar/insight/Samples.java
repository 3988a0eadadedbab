package dev.ashlar.insight;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Figures of an allocator over time, from the beginning to now, in bounded memory. When there are too many samples,
 * every second one of the older half is dropped: the recent past stays exact, and the distant past becomes coarser.
 * Counters are cumulative, so a dropped sample takes nothing from a rate.
 *
 * <p>Invariant: there are less than {@link #MOST} samples, in ascending order of {@code x}.
 */
final class Samples {

    /** More than a chart has pixels for, and a few hundred kilobytes as JSON. */
    static final int MOST = 1200;

    private static final List<String> NAMES = List.of(
            "x",
            "requestedBytes",
            "allocatedBytes",
            "committedBytes",
            "limitBytes",
            "allocations",
            "misses",
            "refused");

    private final Map<String, List<@Nullable Object>> columns = new LinkedHashMap<>();

    Samples() {
        NAMES.forEach(name -> columns.put(name, new ArrayList<>()));
    }

    /** Adds a sample. A figure that is missing is a gap. */
    void add(long x, Map<String, ?> figures) {
        columns.forEach((name, column) -> column.add(name.equals("x") ? (Object) x : figures.get(name)));
        columns.values().stream().filter(column -> column.size() >= MOST).forEach(Samples::thin);
    }

    private static void thin(List<@Nullable Object> column) {
        for (int i = 0; i < MOST / 4; i++) {
            column.set(i, column.get(2 * i));
        }
        column.subList(MOST / 4, MOST / 2).clear();
    }

    /** Each column by its name. Not to be changed. */
    Map<String, List<@Nullable Object>> columns() {
        return columns;
    }
}
