package dev.ashlar.slab.internal;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A stack of slabs for each size class, for any thread: Treiber's (1986), lock-free.
 *
 * <p>Concurrency: a stack is a list of nodes that are made anew for each push and never changed, so the compare of a pop
 * cannot take an old list for a new one; no tag is needed while the garbage collector keeps a node that somebody still
 * looks at from being used again.
 */
final class SlabStacks {

    private record Node(Slab slab, @Nullable Node next) {}

    private final AtomicReferenceArray<@Nullable Node> stacks;

    SlabStacks(int sizeClasses) {
        stacks = new AtomicReferenceArray<>(sizeClasses);
    }

    int sizeClasses() {
        return stacks.length();
    }

    void push(Slab slab) {
        Node node;
        do {
            node = new Node(slab, stacks.get(slab.sizeClass()));
        } while (!stacks.compareAndSet(slab.sizeClass(), node.next, node));
    }

    /** Takes the slab that was pushed last, or null if there is none. */
    @Nullable Slab pop(int sizeClass) {
        Node node;
        do {
            node = stacks.get(sizeClass);
            if (node == null) {
                return null;
            }
        } while (!stacks.compareAndSet(sizeClass, node, node.next));
        return node.slab;
    }
}
