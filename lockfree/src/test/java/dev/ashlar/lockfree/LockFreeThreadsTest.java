package dev.ashlar.lockfree;

import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.sizeclass.SizeClassThreadsTests;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Lock-free with threads that start, wait and end. */
@EnabledIfSystemProperty(named = "ashlar.tests", matches = "long", disabledReason = "slab has the same engine")
class LockFreeThreadsTest extends SizeClassThreadsTests {

    @Override
    protected AllocatorProvider provider() {
        return new LockFreeProvider();
    }
}
