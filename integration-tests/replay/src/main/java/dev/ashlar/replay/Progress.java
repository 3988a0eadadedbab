package dev.ashlar.replay;

import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Shows progress. On a terminal it is one line that is removed at the end. Elsewhere, as on a pipe or in a log, it is a
 * line from time to time, and none if everything is done before the first one.
 */
final class Progress implements AutoCloseable {

    /** Where progress is shown. */
    enum Place {
        TERMINAL,
        LOG,
        /** The caller of the program decides. */
        NOWHERE
    }

    /** The time between two lines in a log: some for each minute, and not too many for an hour. */
    private static final Duration INTERVAL = Duration.ofSeconds(15);

    private static final String ERASE_LINE = "\r\u001b[K";

    private final PrintWriter err;
    private final Place place;
    private final long intervalNanos;
    private final @Nullable Thread logging;

    /** The present activity. Guarded by this. */
    private String current = "";

    /** Its start. */
    private long since;

    Progress(PrintWriter err, Place place, Duration interval) {
        this.err = err;
        this.place = place;
        this.intervalNanos = interval.toNanos();
        this.logging = place == Place.LOG
                ? Thread.ofPlatform().name("progress").daemon().start(this::log)
                : null;
    }

    /** Progress on a terminal if this program reads from one and writes to it, otherwise as in a log. */
    @SuppressWarnings("SystemConsoleNull") // it is null again from JDK 25 on, unless another console is chosen
    static Progress on(PrintWriter err) {
        Console console = System.console();
        boolean isTerminal = console != null && console.isTerminal();
        return new Progress(err, isTerminal ? Place.TERMINAL : Place.LOG, INTERVAL);
    }

    /** Shows nothing. */
    static Progress none(PrintWriter err) {
        return new Progress(err, Place.NOWHERE, INTERVAL);
    }

    synchronized void show(String what) {
        if (place == Place.TERMINAL) {
            err.print(ERASE_LINE + what);
            err.flush();
        }
        current = what;
        since = System.nanoTime();
    }

    /** Removes the line before anything else is printed. */
    void clear() {
        show("");
    }

    private void log() {
        try {
            while (true) {
                Thread.sleep(Duration.ofNanos(intervalNanos));
                logCurrent();
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    private synchronized void logCurrent() {
        if (!current.isEmpty()) {
            err.println(current + " (for " + (System.nanoTime() - since) / 1_000_000_000 + " s)");
            err.flush();
        }
    }

    /** Shows nothing any more. */
    @Override
    public void close() {
        clear();
        if (logging != null) {
            logging.interrupt();
        }
    }
}
