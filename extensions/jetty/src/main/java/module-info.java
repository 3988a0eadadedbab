import org.jspecify.annotations.NullMarked;

/** Buffers of Jetty from any allocator. */
@NullMarked
module dev.ashlar.jetty {
    requires static org.jspecify;
    requires transitive dev.ashlar.api;
    requires dev.ashlar.spi;
    requires transitive org.eclipse.jetty.io;
    requires transitive org.eclipse.jetty.util;

    exports dev.ashlar.jetty;
}
