package dev.ashlar.slab;

import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.sizeclass.SizeClassThreadsTests;

/** Slab under threads that come and go, and wait. */
class SlabThreadsTest extends SizeClassThreadsTests {

    @Override
    protected AllocatorProvider provider() {
        return new SlabProvider();
    }
}
