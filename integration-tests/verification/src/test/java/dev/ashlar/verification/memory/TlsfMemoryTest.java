package dev.ashlar.verification.memory;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.testkit.FaultySource;
import dev.ashlar.testkit.MemoryBounds;
import dev.ashlar.testkit.MemoryContract;

/** The memory that {@code tlsf} holds for its live blocks. */
class TlsfMemoryTest extends MemoryContract {

    @Override
    protected Allocator create(AllocatorConfig config) {
        return AllocatorProviders.require("tlsf").create(config);
    }

    /**
     * Its regions are aligned to 16 KiB, and the JDK adds as many bytes of padding to each. That is a fifth of a heap
     * of a megabyte, where regions are small. The bounds are for the memory in regions, without the padding.
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
