package dev.ashlar.api.compose;

import dev.ashlar.api.Allocator;
import java.lang.foreign.Arena;

/** The kinds of arenas over an allocator. */
enum ArenaKind {
    CONFINED,
    CONFINED_WITHOUT_ZEROING,
    SHARED,
    SHARED_WITHOUT_ZEROING;

    boolean isZeroing() {
        return this == CONFINED || this == SHARED;
    }

    Arena open(Allocator allocator) {
        return switch (this) {
            case CONFINED -> Allocators.arena(allocator);
            case CONFINED_WITHOUT_ZEROING -> Allocators.arenaWithoutZeroing(allocator);
            case SHARED -> Allocators.sharedArena(allocator);
            case SHARED_WITHOUT_ZEROING -> Allocators.sharedArenaWithoutZeroing(allocator);
        };
    }
}
