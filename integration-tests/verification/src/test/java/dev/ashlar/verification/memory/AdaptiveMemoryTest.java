package dev.ashlar.verification.memory;

import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.testkit.MemoryBounds;
import dev.ashlar.testkit.MemoryContract;

/** The memory that {@code adaptive} holds for its live blocks, with every strategy installed. */
class AdaptiveMemoryTest extends MemoryContract {

    @Override
    protected Allocator create(AllocatorConfig config) {
        return AllocatorProviders.require("adaptive").create(config);
    }

    @Override
    protected MemoryBounds bounds() {
        return BoundsToday.sizeClasses();
    }

    @Override
    protected void housekeep(Allocator allocator) {
        ((AdaptiveAllocator) allocator).housekeep();
    }
}
