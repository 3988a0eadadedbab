package dev.ashlar.lockfree;

import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.sizeclass.EvictionInOtherMachines;

/** Eviction of slabs of waiting threads, with every compiler and every collector. */
class LockFreeEvictionIT extends EvictionInOtherMachines {

    @Override
    protected AllocatorProvider provider() {
        return new LockFreeProvider();
    }
}
