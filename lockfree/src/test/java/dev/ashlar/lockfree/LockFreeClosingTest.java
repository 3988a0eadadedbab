package dev.ashlar.lockfree;

import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.sizeclass.SizeClassClosingTests;

/** How lockfree closes. */
class LockFreeClosingTest extends SizeClassClosingTests {

    @Override
    protected AllocatorProvider provider() {
        return new LockFreeProvider();
    }
}
