package dev.ashlar.lockfree.internal;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;

/** A {@link TaggedStack} without its tag. It is wrong on purpose, to test that the model check finds it. */
final class UntaggedStack {

    private final AtomicInteger head = new AtomicInteger(TaggedStack.NONE);
    private final AtomicIntegerArray next;

    UntaggedStack(int indices) {
        next = new AtomicIntegerArray(indices);
    }

    void push(int index) {
        int seen;
        do {
            seen = head.get();
            next.set(index, seen);
        } while (!head.compareAndSet(seen, index));
    }

    int pop() {
        int seen;
        do {
            seen = head.get();
        } while (seen != TaggedStack.NONE && !head.compareAndSet(seen, next.get(seen)));
        return seen;
    }
}
