package dev.ashlar.replay;

import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Says what is going on: on a terminal in one line that goes away again; elsewhere, as on a pipe or in a log, in a line
 * now and then, of which there is none if all is done before the first is due.
 */
final class Progress implements AutoCloseable {

    /** Where it is said. */
    enum Place {
        TERMINAL,
        LOG,
        /** The caller of the program decides. */
        NOWHERE
    }

    /** From one line in a log to the next: a minute has some, an hour not too many. */
    private static final Duration INTERVAL = Duration.ofSeconds(15);

    private static final String ERASE_LINE = "\r\u001b[K";

    private final PrintWriter err;
    private final Place place;
    private final long intervalNanos;
    private final @Nullable Thread logging;

    /** What goes on now; guarded by this. */
    private String current = "";

    /** Since when. */
    private long since;

    Progress(PrintWriter err, Place place, Duration interval) {
        this.err = err;
        this.place = place;
        this.intervalNanos = interval.toNanos();
        this.logging = place == Place.LOG
                ? Thread.ofPlatform().name("progress").daemon().start(this::log)
                : null;
    }

    /** Progress for people: on a terminal if this program reads from one and writes to it, else in a log. */
    @SuppressWarnings("SystemConsoleNull") // it is null again from JDK 25 on, unless another console is chosen
    static Progress on(PrintWriter err) {
        Console console = System.console();
        boolean isTerminal = console != null && console.isTerminal();
        return new Progress(err, isTerminal ? Place.TERMINAL : Place.LOG, INTERVAL);
    }

    /** Says nothing. */
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

    /** Takes the line away, before anything else is printed. */
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

    /** Says nothing any more. */
    @Override
    public void close() {
        clear();
        if (logging != null) {
            logging.interrupt();
        }
    }
}
