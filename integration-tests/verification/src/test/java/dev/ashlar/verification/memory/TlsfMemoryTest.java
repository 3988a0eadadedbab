package dev.ashlar.verification.memory;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.testkit.MemoryBounds;
import dev.ashlar.testkit.MemoryContract;

/** What {@code tlsf} holds for what is live. */
class TlsfMemoryTest extends MemoryContract {

    @Override
    protected Allocator create(AllocatorConfig config) {
        return AllocatorProviders.require("tlsf").create(config);
    }

    @Override
    protected MemoryBounds bounds() {
        return BoundsToday.tlsf();
    }
}
