package dev.ashlar.verification.application;

import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.adaptive.Adaptive.Housekeeping;
import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.testkit.FaultySource;
import java.time.Instant;

/** An adaptive allocator whose time passes when a test says so. */
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

    /** A second passes, and a housekeeping pass is made. */
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
