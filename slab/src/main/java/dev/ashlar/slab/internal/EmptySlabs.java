package dev.ashlar.slab.internal;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Slabs without a live block that are kept ready, for any thread. What is kept of all classes together is bounded by the
 * capacity.
 *
 * <p>Concurrency: {@code keptBytes} is raised before a push and lowered after a pop, so it is never below what the stacks
 * hold.
 */
final class EmptySlabs {

    private final SlabStacks stacks;
    private final AtomicLong keptBytes = new AtomicLong();
    private volatile long capacity;

    EmptySlabs(int sizeClasses, long capacity) {
        this.stacks = new SlabStacks(sizeClasses);
        this.capacity = capacity;
    }

    long capacity() {
        return capacity;
    }

    void setCapacity(long capacity) {
        this.capacity = capacity;
    }

    long keptBytes() {
        return keptBytes.get();
    }

    /** Whether more is kept than the capacity allows. */
    boolean isOver() {
        return keptBytes.get() > capacity;
    }

    /**
     * Keeps a slab that has no owner and no live block.
     *
     * @param mostBytes how much may be kept, if the capacity is not less
     * @return false if that does not allow it
     */
    boolean keep(Slab slab, long mostBytes) {
        long byteSize = slab.byteSize();
        if (keptBytes.addAndGet(byteSize) > Math.min(capacity, mostBytes)) {
            keptBytes.addAndGet(-byteSize);
            return false;
        }
        stacks.push(slab);
        return true;
    }

    /** Takes a slab of a class, or null if none is kept. */
    @Nullable Slab take(int sizeClass) {
        Slab slab = stacks.pop(sizeClass);
        if (slab != null) {
            keptBytes.addAndGet(-slab.byteSize());
        }
        return slab;
    }

    /** Takes a slab of any class, or null if none is kept. */
    @Nullable Slab takeAny() {
        for (int sizeClass = 0; sizeClass < stacks.sizeClasses(); sizeClass++) {
            Slab slab = take(sizeClass);
            if (slab != null) {
                return slab;
            }
        }
        return null;
    }
}
