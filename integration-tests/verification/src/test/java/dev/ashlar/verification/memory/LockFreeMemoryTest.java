package dev.ashlar.verification.memory;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.testkit.MemoryBounds;
import dev.ashlar.testkit.MemoryContract;

/** The memory that {@code lockfree} holds for its live blocks. */
class LockFreeMemoryTest extends MemoryContract {

    @Override
    protected Allocator create(AllocatorConfig config) {
        return AllocatorProviders.require("lockfree").create(config);
    }

    @Override
    protected MemoryBounds bounds() {
        return BoundsToday.sizeClasses();
    }
}
