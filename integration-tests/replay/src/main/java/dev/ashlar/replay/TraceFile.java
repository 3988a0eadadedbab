package dev.ashlar.replay;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Where a trace is: a file, or one of those in the jar.
 *
 * @param argument what the user wrote: a path, or the name of a bundled trace
 */
record TraceFile(String argument) {

    /** The traces that are replayed when none is named. */
    static final List<TraceFile> BUNDLED = List.of(new TraceFile("sqlite-small"), new TraceFile("python-small"));

    /** How results call it: the file's name without {@code .trace} and {@code .gz}. */
    String name() {
        Path file = Path.of(argument).getFileName();
        return file == null ? argument : file.toString().replaceFirst("(\\.trace)?(\\.gz)?$", "");
    }

    /** Reads it completely. */
    Trace read() throws TraceException {
        try (InputStream in = open()) {
            return TraceReader.read(argument, name(), in);
        } catch (IOException e) {
            throw new TraceException(argument + ": cannot read it: " + e.getMessage());
        }
    }

    private InputStream open() throws IOException, TraceException {
        Path file = Path.of(argument);
        if (Files.isDirectory(file)) {
            throw new TraceException(argument + ": is a directory, not a trace");
        }
        if (Files.exists(file)) {
            return new FileInputStream(argument);
        }
        InputStream bundled = BUNDLED.contains(this)
                ? TraceFile.class.getResourceAsStream("/traces/" + argument + ".trace.gz")
                : null;
        if (bundled == null) {
            throw new TraceException(argument + ": no such file, and no bundled trace (sqlite-small, python-small)");
        }
        return bundled;
    }
}
