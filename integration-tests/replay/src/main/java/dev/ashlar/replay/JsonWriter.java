package dev.ashlar.replay;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Prints each result as a JSON object on a line of its own, and reads such lines. */
final class JsonWriter implements ResultWriter {

    private static final JSON JSON_LINES = JSON.std.with(JSON.Feature.WRITE_NULL_PROPERTIES);

    private final PrintWriter out;

    JsonWriter(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void write(Result result) {
        try {
            out.println(JSON_LINES.asString(fields(result)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        out.flush();
    }

    /** The fields in the order of the record, in which the library would not leave them. */
    private static Map<String, @Nullable Object> fields(Result result) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("trace", result.trace());
        fields.put("strategy", result.strategy());
        fields.put("events", result.events());
        fields.put("refused", result.refused());
        fields.put("nsPerEvent", result.nsPerEvent());
        fields.put("nsPerEventOfRuns", result.nsPerEventOfRuns());
        fields.put("peakRequested", result.peakRequested());
        fields.put("peakCommitted", result.peakCommitted());
        fields.put("committedOverRequested", result.committedOverRequested());
        fields.put("internalFragmentation", result.internalFragmentation());
        fields.put("utilisation", result.utilisation());
        fields.put("metadata", result.metadata());
        fields.put("hitRate", result.hitRate());
        fields.put("upstreamCalls", result.upstreamCalls());
        fields.put("misuse", result.misuse());
        fields.put("frames", result.frames());
        if (result.explanation() != null) {
            fields.put("explanation", result.explanation());
        }
        if (result.series() != null) {
            fields.put("series", result.series());
        }
        return fields;
    }

    /** Reads a line. */
    static Result read(String line) throws IOException {
        return JSON_LINES.beanFrom(Result.class, line);
    }
}
