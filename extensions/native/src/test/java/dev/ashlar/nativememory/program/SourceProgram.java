package dev.ashlar.nativememory.program;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.spi.MemorySources;
import dev.ashlar.spi.ProviderException;

/** Tells which source is taken, and what an error says that names {@code mmap}. Run with and without native access. */
public final class SourceProgram {

    private SourceProgram() {}

    /** The program. */
    public static void main(String[] args) {
        try (Allocator allocator = AllocatorProviders.require("slab").create(AllocatorConfig.defaults())) {
            allocator.free(allocator.allocate(64, 8).fill((byte) 1));
        }
        System.out.println("standard: " + MemorySources.standard().name());
        try {
            System.out.println("required: " + MemorySources.require("mmap").name());
        } catch (ProviderException e) {
            System.out.println("refused: " + e.getMessage());
        }
    }
}
