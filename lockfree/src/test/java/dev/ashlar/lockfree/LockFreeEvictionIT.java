package dev.ashlar.lockfree;

import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.sizeclass.EvictionInOtherMachines;

/** Eviction of what waiting threads hold, by every compiler and with every collector. */
class LockFreeEvictionIT extends EvictionInOtherMachines {

    @Override
    protected AllocatorProvider provider() {
        return new LockFreeProvider();
    }
}
