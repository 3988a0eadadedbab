package dev.ashlar.slab;

import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.sizeclass.SizeClassBookkeepingTests;

/** The bookkeeping of slab. */
class SlabBookkeepingTest extends SizeClassBookkeepingTests {

    @Override
    protected AllocatorProvider provider() {
        return new SlabProvider();
    }
}
