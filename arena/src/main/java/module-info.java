import org.jspecify.annotations.NullMarked;

/** Bump allocation with marks and frames, and arenas over any allocator. */
@NullMarked
module dev.ashlar.arena {
    requires static org.jspecify;
    requires transitive dev.ashlar.spi;
    requires org.slf4j;

    exports dev.ashlar.arena;

    provides dev.ashlar.spi.AllocatorProvider with
            dev.ashlar.arena.ArenaProvider;
}
