package dev.ashlar.lockfree;

import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.sizeclass.SizeClassBookkeepingTests;

/** What lockfree tells of itself. */
class LockFreeBookkeepingTest extends SizeClassBookkeepingTests {

    @Override
    protected AllocatorProvider provider() {
        return new LockFreeProvider();
    }
}
