package com.example;

import dev.ashlar.api.Allocator;
import java.lang.foreign.MemorySegment;

/** A program outside Ashlar, so that sites of allocations and frees are here. */
public final class HardenedProgram {

    private HardenedProgram() {}

    public static MemorySegment allocate(Allocator allocator, long byteSize) {
        return allocator.allocate(byteSize, 8);
    }

    public static void free(Allocator allocator, MemorySegment block) {
        allocator.free(block);
    }
}
