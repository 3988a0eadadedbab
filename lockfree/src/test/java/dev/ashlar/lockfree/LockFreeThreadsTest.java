package dev.ashlar.lockfree;

import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.sizeclass.SizeClassThreadsTests;

/** Lock-free with threads that start, wait and end. */
class LockFreeThreadsTest extends SizeClassThreadsTests {

    @Override
    protected AllocatorProvider provider() {
        return new LockFreeProvider();
    }
}
