import org.jspecify.annotations.NullMarked;

/** Bump allocation with marks and frames, and arenas over any allocator. */
@NullMarked
module dev.ashlar.arena {
    requires static org.jspecify;
    requires transitive dev.ashlar.spi;
}
