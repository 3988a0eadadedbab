package dev.ashlar.spi.support;

/**
 * Counts of one owner: a thread's heap, or a stripe under its lock, which extends this class to have them at hand. The owner adds to them with plain reads and writes,
 * which cost it two additions to memory it has just used; whoever wants totals adds up all owners' counters. A block may
 * be freed by another owner than the one that allocated it, so a single owner's figures can be negative, and only sums
 * mean something.
 *
 * <p>Not synchronized. Reading while the owner writes is a benign race: a {@code long} is read whole on the 64-bit
 * machines that the JDK runs on, and the sum is exact as soon as the owner's writes are ordered before the reading,
 * which is what "quiet" means in rule 10.
 */
public class BlockCounters {

    private long requestedBytes;
    private long allocations;

    /** Counters that stand at 0. */
    public BlockCounters() {}

    /**
     * A block was handed out.
     *
     * @param byteSize the size it was asked for with
     */
    public final void allocated(long byteSize) {
        requestedBytes += byteSize;
        allocations++;
    }

    /**
     * A block came back.
     *
     * @param byteSize the size it was asked for with
     */
    public final void freed(long byteSize) {
        requestedBytes -= byteSize;
    }

    /**
     * A block changed its size in place.
     *
     * @param byteDelta new size less old size
     */
    public final void resized(long byteDelta) {
        requestedBytes += byteDelta;
    }

    /**
     * Adds the counts of an owner that is no more.
     *
     * @param other its counters; not used any more
     */
    public final void adoptCounts(BlockCounters other) {
        requestedBytes += other.requestedBytes;
        allocations += other.allocations;
    }

    /** Requested bytes of blocks handed out less those of blocks that came back. */
    public final long requestedBytes() {
        return requestedBytes;
    }

    /** Blocks handed out. */
    public final long allocations() {
        return allocations;
    }
}
