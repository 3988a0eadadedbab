import org.jspecify.annotations.NullMarked;

/** Slab allocation: blocks of one size class cut from slabs, owned by the thread that allocates. */
@NullMarked
module dev.ashlar.slab {
    requires static org.jspecify;
    requires transitive dev.ashlar.spi;

    exports dev.ashlar.slab;

    provides dev.ashlar.spi.AllocatorProvider with
            dev.ashlar.slab.SlabProvider;
}
