package dev.ashlar.slab;

import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.sizeclass.SizeClassBookkeepingTests;

/** What slab tells of itself. */
class SlabBookkeepingTest extends SizeClassBookkeepingTests {

    @Override
    protected AllocatorProvider provider() {
        return new SlabProvider();
    }
}
