package com.example;

import dev.ashlar.api.Allocator;
import java.lang.foreign.MemorySegment;

/** A place outside of Ashlar, whose frames reports leave out. */
public final class Leaky {

    private Leaky() {}

    public static MemorySegment grows(Allocator allocator) {
        return allocator.allocate(1000);
    }

    public static MemorySegment once(Allocator allocator) {
        return allocator.allocate(100_000);
    }
}
