package dev.ashlar.arena;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Resettable;

/** Finds the capability that both kinds of frames need. */
final class Arenas {

    private Arenas() {}

    static Resettable resettable(Allocator arena) {
        return arena.as(Resettable.class)
                .orElseThrow(() -> new IllegalArgumentException(
                        "Frames need an allocator that is Resettable, such as an arena, and this is " + arena));
    }
}
