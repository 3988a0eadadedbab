package dev.ashlar.replay;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** The time of a trace that has none: a millisecond an event, so that a replay shows the same on every machine. */
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
