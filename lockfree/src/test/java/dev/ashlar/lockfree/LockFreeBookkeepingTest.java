package dev.ashlar.lockfree;

import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.sizeclass.SizeClassBookkeepingTests;

/** The bookkeeping of lockfree. */
class LockFreeBookkeepingTest extends SizeClassBookkeepingTests {

    @Override
    protected AllocatorProvider provider() {
        return new LockFreeProvider();
    }
}
