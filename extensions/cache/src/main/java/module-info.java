import org.jspecify.annotations.NullMarked;

/** A cache whose values are blocks of any allocator. */
@NullMarked
module dev.ashlar.cache {
    requires static org.jspecify;
    requires transitive dev.ashlar.api;
    requires dev.ashlar.buddy;
    requires com.github.benmanes.caffeine;

    // Each for one package. Not transitive: then a program without it would not compile.
    requires static aircompressor.v3;
    requires static dev.ashlar.metrics;

    exports dev.ashlar.cache;
    exports dev.ashlar.cache.compress;
    exports dev.ashlar.cache.metrics;
}
