import org.jspecify.annotations.NullMarked;

/** Owner-local allocation in which a block costs one compare-and-set only when it changes threads. */
@NullMarked
module dev.ashlar.lockfree {
    requires static org.jspecify;
    requires transitive dev.ashlar.spi;
    requires org.slf4j;

    exports dev.ashlar.lockfree;

    provides dev.ashlar.spi.PoolProvider with
            dev.ashlar.lockfree.LockFreePoolProvider;
}
