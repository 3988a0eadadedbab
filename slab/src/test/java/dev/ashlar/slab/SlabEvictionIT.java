package dev.ashlar.slab;

import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.sizeclass.EvictionInOtherMachines;

/** Eviction of slabs of waiting threads, with every compiler and every collector. */
class SlabEvictionIT extends EvictionInOtherMachines {

    @Override
    protected AllocatorProvider provider() {
        return new SlabProvider();
    }
}
