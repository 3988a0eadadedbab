package dev.ashlar.slab.internal;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Slabs without a live block that are kept ready, for any thread: a lock-free stack a size class (Treiber 1986). What is
 * kept in all of them together is bounded by the capacity.
 *
 * <p>Concurrency: a stack is a list of nodes that are made anew for each push and never changed, so the compare of a pop
 * cannot take an old list for a new one; no tag is needed while the garbage collector keeps a node that somebody still
 * looks at from being used again. {@code keptBytes} is raised before a push and lowered after a pop: it is never below
 * what the stacks hold.
 */
final class EmptySlabs {

    private record Node(Slab slab, @Nullable Node next) {}

    private final AtomicReferenceArray<@Nullable Node> stacks;
    private final AtomicLong keptBytes = new AtomicLong();
    private volatile long capacity;

    EmptySlabs(int sizeClasses, long capacity) {
        this.stacks = new AtomicReferenceArray<>(sizeClasses);
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
        Node node;
        do {
            node = new Node(slab, stacks.get(slab.sizeClass));
        } while (!stacks.compareAndSet(slab.sizeClass, node.next, node));
        return true;
    }

    /** Takes a slab of a class, or null if none is kept. */
    @Nullable Slab take(int sizeClass) {
        Node node;
        do {
            node = stacks.get(sizeClass);
            if (node == null) {
                return null;
            }
        } while (!stacks.compareAndSet(sizeClass, node, node.next));
        keptBytes.addAndGet(-node.slab.byteSize());
        return node.slab;
    }

    /** Takes a slab of any class, or null if none is kept. */
    @Nullable Slab takeAny() {
        for (int sizeClass = 0; sizeClass < stacks.length(); sizeClass++) {
            Slab slab = take(sizeClass);
            if (slab != null) {
                return slab;
            }
        }
        return null;
    }
}
