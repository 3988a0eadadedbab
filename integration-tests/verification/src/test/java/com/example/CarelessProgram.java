package com.example;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;

/** A program outside of Ashlar's packages that forgets its allocators. */
public final class CarelessProgram {

    private CarelessProgram() {}

    /** Makes an allocator, takes a block, and keeps neither. */
    public static void forget(String strategy) {
        Allocator allocator = AllocatorProviders.require(strategy).create(AllocatorConfig.defaults());
        allocator.allocate(100, 8).fill((byte) 1);
    }
}
