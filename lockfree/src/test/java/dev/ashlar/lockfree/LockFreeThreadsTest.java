package dev.ashlar.lockfree;

import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.sizeclass.SizeClassThreadsTests;

/** Lock-free under threads that come and go, and wait. */
class LockFreeThreadsTest extends SizeClassThreadsTests {

    @Override
    protected AllocatorProvider provider() {
        return new LockFreeProvider();
    }
}
