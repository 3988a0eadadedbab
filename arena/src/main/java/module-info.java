import org.jspecify.annotations.NullMarked;

/** Bump allocation with marks and frames, and arenas and growable sequences over any allocator. */
@NullMarked
module dev.ashlar.arena {
    requires static org.jspecify;
    requires transitive dev.ashlar.spi;

    exports dev.ashlar.arena;
    exports dev.ashlar.arena.sequence;
    exports dev.ashlar.arena.view;

    provides dev.ashlar.spi.AllocatorProvider with
            dev.ashlar.arena.ArenaProvider;
}
