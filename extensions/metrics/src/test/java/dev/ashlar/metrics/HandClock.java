package dev.ashlar.metrics;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** A clock that a test moves, or that moves by a second each time it is read. */
public final class HandClock implements LongSupplier {

    private final AtomicLong nanos = new AtomicLong();
    private final long step;

    private HandClock(long step) {
        this.step = step;
    }

    static HandClock standing() {
        return new HandClock(0);
    }

    /** The same object with a new snapshot at each read. */
    public static Watched alwaysNew(Watched watched) {
        return watched.by(new HandClock(1_000_000_000));
    }

    void advance() {
        nanos.addAndGet(Watched.MOMENT_NANOS);
    }

    @Override
    public long getAsLong() {
        return nanos.getAndAdd(step);
    }
}
