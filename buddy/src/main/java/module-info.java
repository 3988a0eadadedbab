import org.jspecify.annotations.NullMarked;

/** Buddy systems for large blocks: the binary buddy and two-level segregated fit. */
@NullMarked
module dev.ashlar.buddy {
    requires static org.jspecify;
    requires transitive dev.ashlar.spi;
    requires org.slf4j;

    exports dev.ashlar.buddy;
    exports dev.ashlar.buddy.core;

    provides dev.ashlar.spi.AllocatorProvider with
            dev.ashlar.buddy.BuddyProvider,
            dev.ashlar.buddy.TlsfProvider;
}
