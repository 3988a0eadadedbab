package dev.ashlar.verification.application;

import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.adaptive.Adaptive.Housekeeping;
import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.testkit.FaultySource;
import java.time.Instant;

/** An adaptive allocator with a clock that the test moves. */
final class HandDriven implements AutoCloseable {

    final FaultySource source = new FaultySource();
    final AdaptiveAllocator allocator;
    private Instant now = Instant.EPOCH;

    HandDriven(Adaptive.Builder settings) {
        allocator = settings.source(source)
                .housekeeping(Housekeeping.MANUAL)
                .clock(() -> now)
                .build();
    }

    /** Moves the clock by a second, and makes a housekeeping pass. */
    void tick() {
        now = now.plusSeconds(1);
        allocator.housekeep();
    }

    @Override
    public void close() {
        allocator.close();
        source.close();
    }
}
