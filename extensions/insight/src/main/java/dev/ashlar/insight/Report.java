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
 * <p>A builder makes a report of figures that were recorded before, such as those of a trace.
 */
public final class Report {

    private final Map<String, Object> data;

    private Report(Map<String, Object> data) {
        this.data = data;
    }

    /**
     * A report of an allocator at this moment, with the map of its memory. A {@link Dashboard} writes reports with the
     * figures over time.
     *
     * @param allocator an open allocator that any thread may use
     */
    public static Report of(Allocator allocator) {
        long now = System.currentTimeMillis();
        AllocatorReading reading = new AllocatorReading("main", allocator);
        return new Report(data(
                "Ashlar",
                "program",
                now,
                List.of(reading.read(now)),
                List.of(),
                Map.of("main", reading.samples.columns()),
                maps(List.of(reading)),
                null));
    }

    /**
     * A builder of a report without any figures.
     *
     * @param title its heading
     */
    public static Builder builder(String title) {
        return new Builder(title);
    }

    /**
     * Writes the file, and replaces one that is there.
     *
     * @param file such as {@code report.html}
     * @throws IOException if it cannot be written
     */
    public void write(Path file) throws IOException {
        Files.writeString(file, html());
    }

    /** The file as a string. */
    public String html() {
        return Page.of(data, false);
    }

    /** All that a page shows. */
    static Map<String, Object> data(
            String title,
            String source,
            long millis,
            List<? extends Map<String, ?>> allocators,
            List<? extends Map<String, ?>> watched,
            Map<String, ?> samples,
            Map<String, ?> maps,
            @Nullable Health health) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("title", title);
        data.put("source", source);
        data.put("time", millis);
        data.put("allocators", allocators);
        data.put("watched", watched);
        data.put("samples", samples);
        data.put("maps", maps);
        if (health != null) {
            data.put("health", json(health));
        }
        return data;
    }

    static Map<String, ?> maps(List<AllocatorReading> readings) {
        Map<String, Object> maps = new LinkedHashMap<>();
        for (AllocatorReading reading : readings) {
            Map<String, Object> map = mapOf(reading.allocator);
            if (map != null) {
                maps.put(reading.name, map);
            }
        }
        return maps;
    }

    /** Null also if it is closed. */
    static @Nullable Map<String, Object> mapOf(Allocator allocator) {
        try {
            return allocator.isClosed() ? null : BlockMap.of(allocator);
        } catch (IllegalStateException e) {
            return null; // closed just now
        }
    }

    static Map<String, Object> json(Health health) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("status", health.status().name());
        List<Map<String, Object>> reasons = new ArrayList<>();
        for (Health.Reason reason : health.reasons()) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("allocator", reason.allocator());
            one.put("kind", reason.kind().name());
            one.put("status", reason.status().name());
            one.put("figure", reason.figure());
            one.put("threshold", reason.threshold());
            one.put("text", reason.text());
            reasons.add(one);
        }
        json.put("reasons", reasons);
        return json;
    }

    /** Where the samples of a report lie. */
    public enum Axis {
        /** At times, in milliseconds since the epoch. */
        TIME,
        /** At events of a trace. */
        EVENTS
    }

    /**
     * Collects what was recorded before. Figures have the names of {@link dev.ashlar.api.AllocatorStats#figures} and of
     * the ratios; those that are missing are not shown. Not safe for use by many threads.
     */
    public static final class Builder {

        private final String title;
        private final Map<String, Map<String, Object>> allocators = new LinkedHashMap<>();
        private final List<Map<String, Object>> watched = new ArrayList<>();
        private final Map<String, Samples> samples = new LinkedHashMap<>();
        private final List<Map<String, @Nullable Object>> events = new ArrayList<>();
        private Axis axis = Axis.TIME;
        private @Nullable String note;

        private Builder(String title) {
            this.title = Objects.requireNonNull(title, "title");
        }

        /**
         * What samples lie at ({@link Axis#TIME}).
         *
         * @param ofSamples the unit of the horizontal axis
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
         * The figures of an allocator. Given again, they replace those of the same name.
         *
         * @param name of the allocator
         * @param figures numbers by the name of the figure
         */
        public Builder allocator(String name, Map<String, ? extends Number> figures) {
            allocator(name).putAll(figures);
            return this;
        }

        /**
         * The figures of anything else, such as a pool or a cache, which are shown in a table of its type.
         *
         * @param type such as {@code pool}
         * @param name unique among those of the type
         * @param figures numbers by the name of the figure; a name that ends in {@code Bytes} is of bytes, in {@code
         *     Rate} or {@code Ratio} of a fraction
         */
        public Builder watched(String type, String name, Map<String, ? extends Number> figures) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("type", type);
            json.put("name", name);
            json.put("figures", new LinkedHashMap<>(figures));
            watched.removeIf(one -> type.equals(one.get("type")) && name.equals(one.get("name")));
            watched.add(json);
            return this;
        }

        /**
         * The figures of an allocator at a point of the axis, which follow those of the last call for it.
         *
         * @param name of the allocator
         * @param x milliseconds since the epoch, or the number of the event
         * @param figures numbers by the name of the figure
         */
        public Builder sample(String name, long x, Map<String, ? extends Number> figures) {
            allocator(name);
            samples.computeIfAbsent(name, _ -> new Samples(AllocatorReading.OVER_TIME))
                    .add(x, figures);
            return this;
        }

        /**
         * Something that an allocator did or that happened to it. Of these events the page shows the last call's first.
         *
         * @param name of the allocator, or null if that is not known
         * @param time when, or null if that is not known
         * @param kind in a word or a few, such as {@code ChunkTaken}
         * @param text in a sentence
         */
        public Builder event(@Nullable String name, @Nullable Instant time, String kind, String text) {
            Map<String, @Nullable Object> event = new LinkedHashMap<>();
            event.put("allocator", name);
            event.put("time", time == null ? null : time.toEpochMilli());
            event.put("kind", kind);
            event.put("text", text);
            events.add(event);
            return this;
        }

        private Map<String, Object> allocator(String name) {
            return allocators.computeIfAbsent(
                    Objects.requireNonNull(name, "name"), _ -> new LinkedHashMap<>(Map.of("name", name)));
        }

        /** The report. */
        public Report build() {
            Map<String, Object> columns = new LinkedHashMap<>();
            samples.forEach((name, one) -> columns.put(name, one.columns()));
            Map<String, Object> data = data(
                    title,
                    "recorded",
                    System.currentTimeMillis(),
                    List.copyOf(allocators.values()),
                    List.copyOf(watched),
                    columns,
                    Map.of(),
                    null);
            data.put("axis", axis.name());
            data.put("events", List.copyOf(events));
            if (note != null) {
                data.put("note", note);
            }
            return new Report(data);
        }
    }
}
