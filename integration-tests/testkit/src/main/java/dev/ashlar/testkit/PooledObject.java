package dev.ashlar.testkit;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The object of the pools under test. It knows its holder, whether it was reset, and how often it was destroyed. It
 * fails if two callers hold it at once, or if a caller gets it without a reset or after it was destroyed.
 *
 * <p>It equals every other and changes its hash code, because a pool must use neither.
 */
final class PooledObject {

    private final int number;
    private final AtomicReference<@Nullable Thread> holder = new AtomicReference<>();
    private final AtomicInteger destructions = new AtomicInteger();

    /** Plain, so that a handover without safe publication may be seen. */
    private int uses;

    private boolean used;
    private volatile boolean resetFails;
    private volatile boolean invalid;

    PooledObject(int number) {
        this.number = number;
    }

    /** Called by a caller that has acquired it. */
    PooledObject hold() {
        Thread other = holder.compareAndExchange(null, Thread.currentThread());
        if (other != null) {
            throw new AssertionError("rule 1: " + this + " is handed out while " + other + " holds it");
        }
        if (destructions.get() > 0) {
            throw new AssertionError("rule 2: " + this + " is handed out after it was destroyed");
        }
        if (used) {
            throw new AssertionError("rule 2: " + this + " is handed out without a reset");
        }
        used = true;
        uses++;
        return this;
    }

    /** Called by a caller right before it releases it. */
    PooledObject letGo() {
        if (!Thread.currentThread().equals(holder.getAndSet(null))) {
            throw new AssertionError("the test releases " + this + ", which it does not hold");
        }
        return this;
    }

    void reset() {
        if (holder.get() != null) {
            throw new AssertionError("rule 2: " + this + " is reset while " + holder.get() + " holds it");
        }
        if (resetFails) {
            throw new PlannedFailure("reset");
        }
        used = false;
    }

    boolean isValid() {
        if (used) {
            throw new AssertionError("rule 2: " + this + " is validated before its reset");
        }
        return !invalid;
    }

    void destroy() {
        destructions.incrementAndGet();
    }

    /** Lets each reset fail from now on. */
    PooledObject failReset() {
        resetFails = true;
        return this;
    }

    /** Lets the validator refuse it from now on. */
    PooledObject invalidate() {
        invalid = true;
        return this;
    }

    int uses() {
        return uses;
    }

    int destructions() {
        return destructions.get();
    }

    boolean isUsed() {
        return used;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof PooledObject;
    }

    @Override
    public int hashCode() {
        return uses;
    }

    @Override
    public String toString() {
        return "object " + number;
    }

    /** The exception of factory and reset that a test plans. */
    static final class PlannedFailure extends RuntimeException {
        private static final long serialVersionUID = 1;

        PlannedFailure(String where) {
            super("planned by the test, in the " + where);
        }
    }
}
