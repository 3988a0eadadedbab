package dev.ashlar.api;

import dev.ashlar.api.support.FailedFree;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A block that several owners share. Each owner holds a reference, and the block is freed when the last one is
 * released.
 *
 * {@snippet class="dev.ashlar.verification.shown.ApiCodeTest" region="counted"}
 *
 * <p>Safe for use by many threads; a retain and a release take one compare-and-set each. What an owner wrote to the
 * memory before its release is seen by the thread that frees the block.
 */
public final class CountedBlock implements AutoCloseable {

    private final Allocator allocator;
    private final MemorySegment memory;
    private final AtomicInteger references = new AtomicInteger(1);

    private CountedBlock(Allocator allocator, MemorySegment memory) {
        this.allocator = allocator;
        this.memory = memory;
    }

    /**
     * Takes over a live block. From now on it must not be freed in another way. The caller has the first reference.
     *
     * @param allocator frees the block, on whichever thread releases it last
     * @param block a live block of the allocator
     */
    public static CountedBlock of(Allocator allocator, MemorySegment block) {
        return new CountedBlock(Objects.requireNonNull(allocator, "allocator"), Objects.requireNonNull(block, "block"));
    }

    /**
     * The block. The JDK does not stop an owner from using it after its own release.
     *
     * @throws IllegalStateException if all references were released
     */
    public MemorySegment memory() {
        if (references.get() == 0) {
            throw released();
        }
        return memory;
    }

    /** How many references there are; 0 if the block is freed. Others may change it meanwhile. */
    public int references() {
        return references.get();
    }

    /**
     * Takes one more reference.
     *
     * @return this, for another owner to release
     * @throws IllegalStateException if all references were released, or there are {@link Integer#MAX_VALUE}
     */
    public CountedBlock retain() {
        change(1);
        return this;
    }

    /**
     * Releases a reference, and frees the block if it was the last one.
     *
     * @return whether it was
     * @throws IllegalStateException if all references were released before
     * @throws RuntimeException what {@link Allocator#free} throws. If it refuses, for example because a foreign
     *     call uses the block, the reference is not released
     */
    public boolean release() {
        if (change(-1) > 0) {
            return false;
        }
        try {
            allocator.free(memory);
            return true;
        } catch (RuntimeException | Error e) {
            if (FailedFree.isRefused(e)) {
                references.set(1); // no other thread changes a count of 0
            }
            throw e;
        }
    }

    /** The same as {@link #release}, for try-with-resources. */
    @Override
    public void close() {
        release();
    }

    private int change(int by) {
        while (true) {
            int seen = references.get();
            if (seen == 0) {
                throw released();
            }
            if (seen + by < 0) {
                throw new IllegalStateException(
                        "There are " + seen + " references, which is the most that are counted");
            }
            if (references.compareAndSet(seen, seen + by)) {
                return seen + by;
            }
        }
    }

    private static IllegalStateException released() {
        return new IllegalStateException("All references to this block were released. Retain it before it is shared.");
    }
}
