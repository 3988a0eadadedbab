import org.jspecify.annotations.NullMarked;

/** Buddy systems for large blocks: the binary buddy and two-level segregated fit. */
@NullMarked
module dev.ashlar.buddy {
    requires static org.jspecify;
    requires transitive dev.ashlar.spi;
    requires org.slf4j;

    exports dev.ashlar.buddy;
    exports dev.ashlar.buddy.core;
}
