package dev.ashlar.lockfree.internal.pool;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Says when it is time to evict idle objects that nobody needs, and to one thread at a time. Lock-free. */
final class TidyClock {

    /** For it it is never time. */
    static final TidyClock OFF = new TidyClock(Duration.ZERO, () -> 0);

    private final long intervalNanos;
    private final LongSupplier clock;
    private final AtomicLong next;
    private final AtomicBoolean busy = new AtomicBoolean();

    /**
     * A clock that starts now.
     *
     * @param interval between two times; zero for never
     * @param clock tells nanoseconds from any origin
     */
    TidyClock(Duration interval, LongSupplier clock) {
        this.intervalNanos = nanosOf(interval);
        this.clock = clock;
        this.next = new AtomicLong(clock.getAsLong() + intervalNanos);
    }

    /**
     * Nanoseconds of a duration, from 0 to as good as for ever: half of what there are, so that sums do not overflow.
     */
    static long nanosOf(Duration duration) {
        if (duration.isNegative()) {
            return 0;
        }
        return duration.compareTo(Duration.ofNanos(Long.MAX_VALUE / 2)) > 0 ? Long.MAX_VALUE / 2 : duration.toNanos();
    }

    /** Whether it is never time. */
    boolean isOff() {
        return intervalNanos == 0;
    }

    /** Whether it is time, and the caller's task; then {@link #end} must follow. */
    boolean begin() {
        if (isOff() || clock.getAsLong() - next.get() < 0 || !busy.compareAndSet(false, true)) {
            return false;
        }
        next.set(clock.getAsLong() + intervalNanos);
        return true;
    }

    /** Ends what {@link #begin} began. */
    void end() {
        busy.set(false);
    }
}
