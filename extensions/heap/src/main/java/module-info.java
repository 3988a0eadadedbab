import org.jspecify.annotations.NullMarked;

/** Blocks with handles, which move, so that a heap that runs for long can be compacted, and objects that are collected. */
@NullMarked
module dev.ashlar.heap {
    requires static org.jspecify;
    requires transitive dev.ashlar.api;

    exports dev.ashlar.heap;
    exports dev.ashlar.heap.collected;
}
