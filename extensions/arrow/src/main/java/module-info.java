import org.jspecify.annotations.NullMarked;

/** The memory of Apache Arrow's allocators from blocks of any Ashlar allocator. */
@NullMarked
module dev.ashlar.arrow {
    requires static org.jspecify;
    requires transitive dev.ashlar.api;
    requires dev.ashlar.spi;
    requires transitive org.apache.arrow.memory.core;

    exports dev.ashlar.arrow;
}
