package dev.ashlar.slab;

import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.sizeclass.EvictionInOtherMachines;

/** Eviction of what waiting threads hold, by every compiler and with every collector. */
class SlabEvictionIT extends EvictionInOtherMachines {

    @Override
    protected AllocatorProvider provider() {
        return new SlabProvider();
    }
}
