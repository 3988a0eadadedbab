package dev.ashlar.slab;

import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.sizeclass.SizeClassThreadsTests;

/** Slab with threads that start, wait and end. */
class SlabThreadsTest extends SizeClassThreadsTests {

    @Override
    protected AllocatorProvider provider() {
        return new SlabProvider();
    }
}
