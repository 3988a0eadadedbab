package dev.ashlar.insight;

import dev.ashlar.api.Allocator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The page of a {@link Dashboard} as one HTML file with the data in it, which can be kept, sent and opened anywhere. It
 * loads nothing from anywhere.
 *
 * {@snippet class="dev.ashlar.verification.shown.InsightPagesCodeTest" region="report"}
 *
 * <p>A builder makes a report of what was recorded before, such as a replayed trace.
 */
public final class Report {

    private final String html;

    Report(String html) {
        this.html = html;
    }

    /**
     * A report of an allocator at this moment, with the map of its memory. {@link Dashboard#report} has figures over
     * time too.
     *
     * @param allocator an open allocator that any thread may use
     */
    public static Report of(Allocator allocator) {
        return builder("Ashlar")
                .read(Dashboard.MAIN, allocator)
                .map(Dashboard.MAIN, allocator)
                .build();
    }

    /**
     * A builder of a report without any figures.
     *
     * @param title its heading
     */
    public static Builder builder(String title) {
        return new Builder(title);
    }

    /** The file as text. */
    public String html() {
        return html;
    }

    /**
     * Writes the file, and replaces one that is there.
     *
     * @param file such as {@code report.html}
     * @throws IOException if it cannot be written
     */
    public void write(Path file) throws IOException {
        Files.writeString(file, html);
    }

    /** What the samples of a report lie at. */
    public enum Axis {
        /** Milliseconds since the epoch. */
        TIME,
        /** Numbers of events of a trace. */
        EVENTS
    }

    /** Something that happened, for a page. */
    record Event(@Nullable String allocator, @Nullable Long time, String kind, String text) {}

    /** Something with figures, for a page. */
    record Thing(String type, String name, Map<String, ?> figures) {}

    /**
     * Collects what was recorded. Figures have the names of {@link dev.ashlar.api.AllocatorStats#figures} and of its
     * ratios; those that are missing are not shown. Not safe for use by many threads.
     */
    public static final class Builder {

        private final Map<String, Map<String, Object>> allocators = new LinkedHashMap<>();
        private final Map<List<String>, Thing> watched = new LinkedHashMap<>();
        private final Map<String, Samples> samples = new LinkedHashMap<>();
        private final Map<String, @Nullable BlockMap> maps = new LinkedHashMap<>();
        private final List<Event> events = new ArrayList<>();
        private final String title;
        private Axis axis = Axis.TIME;
        private String note = "";

        private Builder(String title) {
            this.title = Objects.requireNonNull(title, "title");
        }

        /**
         * Sets what samples lie at ({@link Axis#TIME}).
         *
         * @param ofSamples the horizontal axis of charts
         */
        public Builder axis(Axis ofSamples) {
            axis = Objects.requireNonNull(ofSamples, "ofSamples");
            return this;
        }

        /**
         * Says where the figures come from.
         *
         * @param text a sentence
         */
        public Builder note(String text) {
            note = Objects.requireNonNull(text, "text");
            return this;
        }

        /**
         * Sets figures of an allocator.
         *
         * @param name of the allocator
         * @param figures numbers by the name of the figure; they replace earlier ones of the same names
         */
        public Builder allocator(String name, Map<String, ?> figures) {
            allocators
                    .computeIfAbsent(name, _ -> new LinkedHashMap<>(Map.of("name", name)))
                    .putAll(figures);
            return this;
        }

        /**
         * Adds the figures of an allocator at a point of the axis, which follows the last one of that allocator.
         *
         * @param name of the allocator
         * @param x where on the axis
         * @param figures numbers by the name of the figure
         */
        public Builder sample(String name, long x, Map<String, ?> figures) {
            samples.computeIfAbsent(name, _ -> new Samples()).add(x, figures);
            return allocator(name, Map.of());
        }

        /** Sets the figures of an allocator to those of now, and adds them as a sample. */
        Builder read(String name, Allocator allocator) {
            Map<String, Object> figures = AllocatorFigures.of(allocator);
            return sample(name, System.currentTimeMillis(), figures).allocator(name, figures);
        }

        /**
         * Adds a map of the memory that an allocator holds at this moment: its chunks, and full, sparse and empty
         * slabs. There is none if it is not {@link dev.ashlar.api.Inspectable}, or is closed. It costs a walk over all
         * memory.
         *
         * @param name of the allocator
         * @param allocator an allocator that any thread may use
         */
        public Builder map(String name, Allocator allocator) {
            maps.put(name, BlockMap.of(allocator));
            return allocator(name, Map.of());
        }

        /**
         * Sets the figures of anything else, which are shown in a table of its type.
         *
         * @param type such as {@code pool}
         * @param name unique among those of the type
         * @param figures numbers by the name of the figure
         */
        public Builder watched(String type, String name, Map<String, ? extends Number> figures) {
            watched.put(List.of(type, name), new Thing(type, name, new LinkedHashMap<>(figures)));
            return this;
        }

        /**
         * Adds something that happened. The page shows the last one first.
         *
         * @param allocator the name of the allocator, or null if it is not known
         * @param time when, or null if it is not known
         * @param kind in a word or a few, such as {@code ChunkTaken}
         * @param text in a sentence
         */
        public Builder event(@Nullable String allocator, @Nullable Instant time, String kind, String text) {
            events.add(new Event(allocator, time == null ? null : time.toEpochMilli(), kind, text));
            return this;
        }

        /** What a page shows. To be written before anything is added. */
        Map<String, Object> data() {
            Map<String, Object> columns = new LinkedHashMap<>();
            samples.forEach((name, one) -> columns.put(name, one.columns()));
            Map<String, Object> data = new LinkedHashMap<>();
            data.put("title", title);
            data.put("note", note);
            data.put("axis", axis.name());
            data.put("time", System.currentTimeMillis());
            data.put("allocators", allocators.values());
            data.put("watched", watched.values());
            data.put("samples", columns);
            data.put("maps", maps);
            data.put("events", events);
            return data;
        }

        /** The report. */
        public Report build() {
            return new Report(Page.of(data(), false));
        }
    }
}
