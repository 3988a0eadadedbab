package dev.ashlar.lockfree.internal.pool;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** What the pools of these tests hold: it knows its holder and what was done to it, and fails when two hold it. */
final class Thing {

    private final AtomicReference<@Nullable Thread> holder = new AtomicReference<>();
    private final AtomicInteger destructions = new AtomicInteger();

    /** What its reset and validator are to do. */
    volatile Fate fate = Fate.GOOD;

    /** Plain, so that a handover that is no safe publication may show. */
    private int uses;

    private boolean used;

    /** What becomes of it when it is released. */
    enum Fate {
        GOOD,
        RESET_FAILS,
        INVALID
    }

    /** For whoever has acquired it. */
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

    /** For whoever is about to release it. */
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
