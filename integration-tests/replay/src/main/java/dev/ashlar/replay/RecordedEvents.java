package dev.ashlar.replay;

import dev.ashlar.insight.Report;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import jdk.jfr.DataAmount;
import jdk.jfr.Percentage;
import jdk.jfr.ValueDescriptor;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;

/** The events of Ashlar in a recording of the flight recorder, in the order of their time. */
final class RecordedEvents {

    private static final String PREFIX = "dev.ashlar.";
    private static final String STATISTICS = "Statistics";
    private static final String SAMPLE = PREFIX + "AllocationSample";

    /** Fields that every event has. */
    private static final Set<String> COMMON = Set.of("startTime", "duration", "eventThread", "stackTrace");

    private final Path file;
    private final List<RecordedEvent> events;

    private RecordedEvents(Path file, List<RecordedEvent> events) {
        this.file = file;
        this.events = events;
    }

    static RecordedEvents read(Path file) throws IOException {
        List<RecordedEvent> events = new ArrayList<>();
        try (RecordingFile recording = new RecordingFile(file)) {
            while (recording.hasMoreEvents()) {
                RecordedEvent event = recording.readEvent();
                String name = event.getEventType().getName();
                if (name.startsWith(PREFIX) && !name.equals(SAMPLE)) {
                    events.add(event);
                }
            }
        }
        events.sort(Comparator.comparing(RecordedEvent::getStartTime)); // a file is ordered by thread
        return new RecordedEvents(file, events);
    }

    int count() {
        return events.size();
    }

    /** A page of all of them. */
    Report report() {
        Report.Builder report = Report.builder("Recording " + file.getFileName());
        report.note(count() + " events from " + at(events.getFirst()) + " to " + at(events.getLast()));
        events.forEach(event -> add(report, event));
        return report.build();
    }

    private static Instant at(RecordedEvent event) {
        return event.getStartTime().truncatedTo(ChronoUnit.SECONDS);
    }

    private static void add(Report.Builder report, RecordedEvent event) {
        String kind = event.getEventType().getName().substring(PREFIX.length());
        if (!kind.endsWith(STATISTICS)) {
            report.event(null, event.getStartTime(), kind, describe(event));
            return;
        }
        String type = kind.substring(0, kind.length() - STATISTICS.length());
        String name = event.getString("name");
        if (type.equals("Allocator")) {
            Map<String, Number> figures = figures(event);
            report.allocator(name, figures);
            report.sample(name, event.getStartTime().toEpochMilli(), figures);
        } else {
            report.watched(type.substring(0, 1).toLowerCase(Locale.ROOT) + type.substring(1), name, figures(event));
        }
    }

    private static Map<String, Number> figures(RecordedEvent event) {
        Map<String, Number> figures = new LinkedHashMap<>();
        for (ValueDescriptor field : event.getFields()) {
            boolean isMissing = COMMON.contains(field.getName());
            if (!isMissing && event.getValue(field.getName()) instanceof Number number && !isNoLimit(field, number)) {
                figures.put(field.getName(), number);
            }
        }
        return figures;
    }

    /** In events an allocator without a limit has one of -1 bytes. */
    private static boolean isNoLimit(ValueDescriptor field, Number value) {
        return field.getName().equals("limitBytes") && value.longValue() < 0;
    }

    private static String describe(RecordedEvent event) {
        String fields = event.getFields().stream()
                .filter(field -> !COMMON.contains(field.getName()))
                .map(field -> words(field.getName()) + " " + value(field, event.getValue(field.getName())))
                .collect(Collectors.joining(", "));
        return fields + callerOf(event).map(frame -> ", at " + frame).orElse("");
    }

    private static String value(ValueDescriptor field, Object value) {
        if (field.getAnnotation(Percentage.class) != null && value instanceof Number share) {
            return String.format(Locale.ROOT, "%.1f %%", share.doubleValue() * 100);
        }
        String text = value instanceof Long number ? String.format(Locale.ROOT, "%,d", number) : String.valueOf(value);
        return field.getAnnotation(DataAmount.class) == null ? text : text + " bytes";
    }

    /** {@code committedBytes} as {@code committed}. */
    private static String words(String name) {
        return name.replaceFirst("Bytes$", "").replaceAll("(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
    }

    /** The innermost frame outside Ashlar. */
    private static Optional<String> callerOf(RecordedEvent event) {
        if (event.getStackTrace() == null) {
            return Optional.empty();
        }
        return event.getStackTrace().getFrames().stream()
                .filter(RecordedFrame::isJavaFrame)
                .filter(frame -> !frame.getMethod().getType().getName().startsWith(PREFIX))
                .map(frame -> frame.getMethod().getType().getName() + "."
                        + frame.getMethod().getName() + ":" + frame.getLineNumber())
                .findFirst();
    }
}
