package dev.ashlar.replay;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** The clock of a trace: one millisecond for each event, so that a replay has the same result on every machine. */
final class TraceClock implements InstantSource {

    private volatile Instant now = Instant.EPOCH;

    @Override
    public Instant instant() {
        return now;
    }

    void advance(Duration duration) {
        now = now.plus(duration);
    }
}
