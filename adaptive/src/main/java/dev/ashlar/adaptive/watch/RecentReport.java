package dev.ashlar.adaptive.watch;

import dev.ashlar.adaptive.AdaptiveReport;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The report of an allocator for those who read it figure by figure: one report serves all figures that are read within
 * a moment, so that they fit together and cost one walk. Safe for use by many threads.
 */
public final class RecentReport {

    /** Longer than it takes to read every figure, and shorter than anybody's interval between two readings. */
    static final Duration MOMENT = Duration.ofMillis(100);

    private final Supplier<AdaptiveReport> reports;
    private final LongSupplier nanoTime;

    /** Guarded by this, as are the others. */
    private AdaptiveReport last;

    private long lastNanos;
    private boolean closed;

    /**
     * Makes the first report.
     *
     * @param reports makes a report, or throws {@link IllegalStateException} if the allocator is closed
     * @param nanoTime the time that moments are measured by
     */
    public RecentReport(Supplier<AdaptiveReport> reports, LongSupplier nanoTime) {
        this.reports = reports;
        this.nanoTime = nanoTime;
        this.last = reports.get();
        this.lastNanos = nanoTime.getAsLong();
    }

    /** The report of this moment, or empty if the allocator is closed. */
    public synchronized Optional<AdaptiveReport> now() {
        long nanos = nanoTime.getAsLong();
        if (!closed && nanos - lastNanos >= MOMENT.toNanos()) {
            try {
                last = reports.get();
                lastNanos = nanos;
            } catch (IllegalStateException e) {
                closed = true;
            }
        }
        return closed ? Optional.empty() : Optional.of(last);
    }

    /** The report of this moment, or the last one there was if the allocator is closed. */
    public synchronized AdaptiveReport latest() {
        return now().orElse(last);
    }
}
