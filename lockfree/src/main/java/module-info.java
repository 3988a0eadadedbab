import org.jspecify.annotations.NullMarked;

/** Owner-local allocation in which blocks change threads by the magazine, with one compare-and-set. */
@NullMarked
module dev.ashlar.lockfree {
    requires static org.jspecify;
    requires transitive dev.ashlar.spi;
    requires org.slf4j;

    exports dev.ashlar.lockfree;

    provides dev.ashlar.spi.AllocatorProvider with
            dev.ashlar.lockfree.LockFreeProvider;
    provides dev.ashlar.spi.PoolProvider with
            dev.ashlar.lockfree.LockFreePoolProvider;
}
