package dev.ashlar.lockfree;

import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.sizeclass.EvictionInOtherMachines;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Eviction of slabs of waiting threads, with every compiler and every collector. */
@EnabledIfSystemProperty(named = "ashlar.tests", matches = "long", disabledReason = "is long")
class LockFreeEvictionIT extends EvictionInOtherMachines {

    @Override
    protected AllocatorProvider provider() {
        return new LockFreeProvider();
    }
}
