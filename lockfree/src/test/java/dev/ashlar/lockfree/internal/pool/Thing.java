package dev.ashlar.lockfree.internal.pool;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The objects in the pools of these tests. Each records its holder and its operations, and fails if two threads hold
 * it.
 */
final class Thing {

    private final AtomicReference<@Nullable Thread> holder = new AtomicReference<>();
    private final AtomicInteger destructions = new AtomicInteger();

    /** The results of its reset and validator. */
    volatile Fate fate = Fate.GOOD;

    /** Plain, so that an unsafe publication can be found. */
    private int uses;

    private boolean used;

    /** The effect of its release. */
    enum Fate {
        GOOD,
        RESET_FAILS,
        INVALID
    }

    /** Called after it was acquired. */
    Thing hold() {
        if (!holder.compareAndSet(null, Thread.currentThread())) {
            throw new AssertionError("held twice");
        }
        if (used || destructions.get() > 0) {
            throw new AssertionError("handed out " + (used ? "without a reset" : "after it was destroyed"));
        }
        used = true;
        uses++;
        return this;
    }

    /** Called before it is released. */
    Thing unhold() {
        if (holder.getAndSet(null) == null) {
            throw new AssertionError("not held");
        }
        return this;
    }

    void reset() {
        if (holder.get() != null) {
            throw new AssertionError("reset while it is held");
        }
        if (fate == Fate.RESET_FAILS) {
            throw new IllegalStateException("planned by the test");
        }
        used = false;
    }

    boolean isValid() {
        return fate != Fate.INVALID;
    }

    void destroy() {
        if (destructions.incrementAndGet() > 1 || holder.get() != null) {
            throw new AssertionError("destroyed twice, or while it is held");
        }
    }

    boolean isDestroyed() {
        return destructions.get() > 0;
    }

    int uses() {
        return uses;
    }
}
