package com.example;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;

/** A program outside Ashlar's packages that does not close its allocators. */
public final class CarelessProgram {

    private CarelessProgram() {}

    /** Makes an allocator, allocates a block, and keeps neither. */
    public static void forget(String strategy) {
        Allocator allocator = AllocatorProviders.require(strategy).create(AllocatorConfig.defaults());
        allocator.allocate(100, 8).fill((byte) 1);
    }
}
