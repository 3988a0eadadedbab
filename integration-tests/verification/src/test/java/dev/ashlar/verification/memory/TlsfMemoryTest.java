package dev.ashlar.verification.memory;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.testkit.FaultySource;
import dev.ashlar.testkit.MemoryBounds;
import dev.ashlar.testkit.MemoryContract;

/** What {@code tlsf} holds for what is live. */
class TlsfMemoryTest extends MemoryContract {

    @Override
    protected Allocator create(AllocatorConfig config) {
        return AllocatorProviders.require("tlsf").create(config);
    }

    /**
     * Its regions are aligned to 16 KiB, which takes as much of the JDK's memory for each: a fifth of a heap of a
     * megabyte, where regions are small. The bounds are for what it does with its regions.
     */
    @Override
    protected FaultySource newSource() {
        return FaultySource.withoutPadding();
    }

    @Override
    protected MemoryBounds bounds() {
        return BoundsToday.tlsf();
    }
}
