package dev.ashlar.nativememory.program;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.spi.ProviderException;

/** Makes the allocators of named C libraries, and tells which it gets and why it does not get the others. */
public final class LibraryProgram {

    private LibraryProgram() {}

    /** The program. */
    public static void main(String[] names) {
        for (String name : names) {
            try (Allocator allocator = AllocatorProviders.require(name).create(AllocatorConfig.defaults())) {
                allocator.free(allocator.allocate(64, 8).fill((byte) 1));
                System.out.println("made: " + name);
            } catch (ProviderException e) {
                System.out.println("refused: " + e.getMessage());
            }
        }
    }
}
