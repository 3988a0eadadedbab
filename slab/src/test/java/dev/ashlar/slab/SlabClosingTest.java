package dev.ashlar.slab;

import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.sizeclass.SizeClassClosingTests;

/** How slab closes. */
class SlabClosingTest extends SizeClassClosingTests {

    @Override
    protected AllocatorProvider provider() {
        return new SlabProvider();
    }
}
