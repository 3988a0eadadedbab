package com.example;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.spi.Ashlar;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A program outside Ashlar that frees a slice, and writes to a block after its free. Its code knows no decorator. */
public final class CarelessUser {

    private CarelessUser() {}

    /** Does both with an allocator of each strategy. */
    public static void main(String[] strategies) {
        for (String strategy : strategies) {
            try (Allocator allocator = Ashlar.builder(strategy).build()) {
                MemorySegment block = allocator.allocate(100, 8);
                freeASlice(allocator, block);
                block.set(ValueLayout.JAVA_BYTE, 0, (byte) 'A');
            }
        }
    }

    /** Frees a slice, and if that is refused, the block. */
    public static void freeASlice(Allocator allocator, MemorySegment block) {
        try {
            allocator.free(block.asSlice(0, 50));
        } catch (InvalidBlockException e) {
            System.err.println(e.getMessage());
            allocator.free(block);
        }
    }
}
