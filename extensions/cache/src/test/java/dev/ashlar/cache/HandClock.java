package dev.ashlar.cache;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** A clock that a test moves. It starts shortly before its numbers turn negative, as a real one may. */
final class HandClock implements LongSupplier {

    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1_000_000_000);

    void advance(Duration by) {
        nanos.addAndGet(by.toNanos());
    }

    @Override
    public long getAsLong() {
        return nanos.get();
    }
}
