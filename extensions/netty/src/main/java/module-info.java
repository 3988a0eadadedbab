import org.jspecify.annotations.NullMarked;

/** Buffers of Netty from any allocator. */
@NullMarked
module dev.ashlar.netty {
    requires static org.jspecify;
    requires transitive dev.ashlar.api;
    requires dev.ashlar.spi;
    requires dev.ashlar.lockfree;
    requires transitive io.netty.buffer;
    requires io.netty.common;

    exports dev.ashlar.netty;
}
