package dev.ashlar.verification.memory;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.testkit.MemoryBounds;
import dev.ashlar.testkit.MemoryContract;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The memory that {@code lockfree} holds for its live blocks. */
@EnabledIfSystemProperty(named = "ashlar.tests", matches = "long", disabledReason = "slab has the same engine")
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
