package dev.ashlar.api.compose;

import dev.ashlar.api.CheckingAllocator;
import java.lang.foreign.Arena;

/** {@link NativeAccessTest} runs this in another JVM. It opens arenas and prints the results. */
public final class ArenaProgram {

    private ArenaProgram() {}

    /** Opens two arenas, one after the other. */
    public static void main(String[] args) {
        for (ArenaKind kind : new ArenaKind[] {ArenaKind.CONFINED, ArenaKind.SHARED}) {
            CheckingAllocator allocator = new CheckingAllocator(1 << 30);
            try (Arena arena = kind.open(allocator)) {
                System.out.println(kind + " served " + arena.allocate(8, 8).byteSize());
            } catch (IllegalCallerException e) {
                System.out.println(kind + " refused: " + e.getMessage());
            }
            System.out.println(allocator.stats().allocations() + " calls, "
                    + allocator.stats().liveBlocks() + " live");
        }
    }
}
