import org.jspecify.annotations.NullMarked;

/** Allocation by size class in which exactly one of several racing frees succeeds, and pools of objects. */
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
