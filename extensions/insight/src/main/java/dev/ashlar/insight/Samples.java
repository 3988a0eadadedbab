package dev.ashlar.insight;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Figures over time, from the beginning to now, in bounded memory. When there are too many samples, every second one of
 * the older half is dropped: the recent past stays exact, and the distant past becomes coarser. Counters are cumulative
 * so that a dropped sample loses nothing of a rate.
 *
 * <p>Invariant: there are less than {@link #MOST} samples, in ascending order of {@code x}.
 */
final class Samples {

    /** More than a chart has pixels for, and a few hundred kilobytes as JSON. */
    static final int MOST = 1200;

    private final List<String> names;
    private final List<@Nullable Number[]> rows = new ArrayList<>();

    /**
     * No samples yet.
     *
     * @param names of the columns, without {@code x}
     */
    Samples(List<String> names) {
        this.names = List.copyOf(names);
    }

    /** Adds a sample. A value that is missing in the map is a gap. */
    void add(long x, Map<String, ?> values) {
        @Nullable Number[] row = new Number[names.size() + 1];
        row[0] = x;
        for (int i = 0; i < names.size(); i++) {
            row[i + 1] = values.get(names.get(i)) instanceof Number number ? number : null;
        }
        rows.add(row);
        if (rows.size() >= MOST) {
            thin();
        }
    }

    private void thin() {
        List<@Nullable Number[]> kept = new ArrayList<>(MOST);
        for (int i = 0; i < rows.size(); i++) {
            if (i >= MOST / 2 || i % 2 == 0) {
                kept.add(rows.get(i));
            }
        }
        rows.clear();
        rows.addAll(kept);
    }

    int size() {
        return rows.size();
    }

    /** Each column by its name. */
    Map<String, List<@Nullable Number>> columns() {
        Map<String, List<@Nullable Number>> columns = new LinkedHashMap<>();
        columns.put("x", column(0));
        for (int i = 0; i < names.size(); i++) {
            columns.put(names.get(i), column(i + 1));
        }
        return columns;
    }

    private List<@Nullable Number> column(int index) {
        return Arrays.asList(rows.stream().map(row -> row[index]).toArray(Number[]::new));
    }
}
