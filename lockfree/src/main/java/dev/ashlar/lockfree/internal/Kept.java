package dev.ashlar.lockfree.internal;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes are kept ready without a live block, in full magazines of all depots, and how many may be.
 * {@link Memory} counts chunks without slabs besides.
 *
 * <p>Concurrency: lock-free. Bytes are counted before they are kept and discounted after they are taken, so the count is
 * never below what is kept.
 */
final class Kept {

    private final AtomicLong bytes = new AtomicLong();
    private volatile long capacity;

    Kept(long capacity) {
        this.capacity = capacity;
    }

    long capacity() {
        return capacity;
    }

    void setCapacity(long capacity) {
        this.capacity = capacity;
    }

    long bytes() {
        return bytes.get();
    }

    /** Whether more is kept than the capacity allows. */
    boolean isOver() {
        return bytes.get() > capacity;
    }

    /**
     * Counts bytes that are to be kept.
     *
     * @return false, and they are not counted, if the capacity does not allow it
     */
    boolean tryAdd(long byteSize) {
        if (bytes.addAndGet(byteSize) > capacity) {
            bytes.addAndGet(-byteSize);
            return false;
        }
        return true;
    }

    void remove(long byteSize) {
        bytes.addAndGet(-byteSize);
    }
}
