package dev.ashlar.verification.application;

import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.AdaptiveConfig;
import dev.ashlar.adaptive.AdaptiveConfig.Housekeeping;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.testkit.FaultySource;
import java.time.Instant;

/** An adaptive allocator whose time passes when a test says so. */
final class HandDriven implements AutoCloseable {

    final FaultySource source = new FaultySource();
    final AdaptiveAllocator allocator;
    private Instant now = Instant.EPOCH;

    HandDriven(AdaptiveConfig settings) {
        AdaptiveConfig manual = settings.with(to -> to.housekeeping = Housekeeping.MANUAL);
        AllocatorConfig config =
                AllocatorConfig.builder().source(source).settings(manual).build();
        allocator = AdaptiveAllocator.create(config, () -> now);
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
