import org.jspecify.annotations.NullMarked;

/**
 * Blocks with handles, which move, so that a heap that runs for long can be compacted, and objects that are collected.
 */
@NullMarked
module dev.ashlar.heap {
    requires static org.jspecify;
    requires transitive dev.ashlar.api;
    requires dev.ashlar.spi;

    // For one class. Not transitive: then a program without it would not compile.
    requires static com.cronutils;

    exports dev.ashlar.heap;
    exports dev.ashlar.heap.collected;
}
