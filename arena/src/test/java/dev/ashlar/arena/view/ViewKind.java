package dev.ashlar.arena.view;

import dev.ashlar.api.Allocator;
import java.lang.foreign.Arena;

/** The kinds of views. */
enum ViewKind {
    CONFINED,
    CONFINED_WITHOUT_ZEROING,
    SHARED,
    SHARED_WITHOUT_ZEROING;

    boolean isZeroing() {
        return this == CONFINED || this == SHARED;
    }

    Arena open(Allocator allocator) {
        return switch (this) {
            case CONFINED -> AllocatorArenas.confined(allocator);
            case CONFINED_WITHOUT_ZEROING -> AllocatorArenas.confinedWithoutZeroing(allocator);
            case SHARED -> AllocatorArenas.shared(allocator);
            case SHARED_WITHOUT_ZEROING -> AllocatorArenas.sharedWithoutZeroing(allocator);
        };
    }
}
