import org.jspecify.annotations.NullMarked;

/** Bump allocation with marks and frames, and growable sequences over any allocator. */
@NullMarked
module dev.ashlar.arena {
    requires static org.jspecify;
    requires transitive dev.ashlar.spi;

    exports dev.ashlar.arena;
    exports dev.ashlar.arena.sequence;

    provides dev.ashlar.spi.AllocatorProvider with
            dev.ashlar.arena.ArenaProvider;
}
