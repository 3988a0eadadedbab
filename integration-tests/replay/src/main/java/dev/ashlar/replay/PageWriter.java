package dev.ashlar.replay;

import dev.ashlar.insight.Report;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Passes results on, and writes them as one HTML page after the last one. */
final class PageWriter implements ResultWriter {

    private final ResultWriter next;
    private final Path file;
    private final boolean hasManyTraces;
    private final Measurement measurement;
    private final Report.Builder report;

    /**
     * A page of results with {@link Series}.
     *
     * @param next prints them too
     * @param how how the figures were made
     * @param measurement makes the maps
     */
    PageWriter(ResultWriter next, Path file, String how, List<Trace> traces, Measurement measurement) {
        this.next = next;
        this.file = file;
        this.hasManyTraces = traces.size() > 1;
        this.measurement = measurement;
        String names =
                String.join(", ", traces.stream().map(trace -> trace.name).toList());
        this.report = Report.builder("Replay of " + names)
                .axis(Report.Axis.EVENTS)
                .note("Each strategy played the same events; " + how
                        + ". Charts show bytes over the events. Ratios and maps are those when most bytes are live.");
    }

    @Override
    public void begin(Trace trace) {
        next.begin(trace);
    }

    @Override
    public void write(Result result) {
        next.write(result);
        String name = name(result.strategy(), result.trace());
        report.allocator(name, figures(result));
        Series series = result.series();
        if (series != null) {
            for (int i = 0; i < series.requested().size(); i++) {
                Map<String, Number> sample = new LinkedHashMap<>();
                sample.put("requestedBytes", series.requested().get(i));
                put(sample, "committedBytes", series.committed().get(i));
                report.sample(name, (long) i * series.interval(), sample);
            }
        }
        if (result.explanation() != null) {
            result.explanation().forEach(line -> report.event(name, null, "Decision", line));
        }
    }

    private String name(String strategy, String trace) {
        return hasManyTraces ? strategy + ", " + trace : strategy;
    }

    @Override
    public void end(Trace trace, Contender contender) {
        next.end(trace, contender);
        String name = name(contender.name(), trace.name);
        measurement.atPeak(trace, contender, allocator -> report.map(name, allocator));
    }

    private static Map<String, Number> figures(Result result) {
        Map<String, Number> figures = new LinkedHashMap<>();
        figures.put("nsPerEvent", result.nsPerEvent());
        put(figures, "peakRequestedBytes", result.peakRequested());
        put(figures, "peakCommittedBytes", result.peakCommitted());
        figures.put("refused", result.refused());
        put(figures, "hitRate", result.hitRate());
        put(figures, "internalFragmentation", result.internalFragmentation());
        put(figures, "utilisation", result.utilisation());
        put(figures, "metadata", result.metadata());
        put(figures, "upstreamCalls", result.upstreamCalls());
        return figures;
    }

    private static void put(Map<String, Number> figures, String name, @Nullable Number value) {
        if (value != null) {
            figures.put(name, value);
        }
    }

    @Override
    public void end(List<String> notes) {
        next.end(notes);
        try {
            report.build().write(file);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot write " + file, e);
        }
    }
}
