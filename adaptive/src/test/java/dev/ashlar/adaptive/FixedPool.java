package dev.ashlar.adaptive;

import dev.ashlar.api.Lease;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolStats;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A pool without objects. A test sets its figures. */
final class FixedPool implements Pool<String> {

    int maxIdle = 100;

    /** How often {@link #setMaxIdle} was called. */
    int resizes;

    PoolStats stats = PoolStats.ZERO;

    /** Runs when the figures are read, and may throw. */
    Runnable whenRead = () -> {};

    /** Runs when a destroyer would. */
    Runnable whenResized = () -> {};

    @Override
    public String acquire() {
        throw new AssertionError("not for use");
    }

    @Override
    public @Nullable String tryAcquire() {
        throw new AssertionError("not for use");
    }

    @Override
    public String acquire(Duration timeout) {
        throw new AssertionError("not for use");
    }

    @Override
    public void release(String object) {
        throw new AssertionError("not for use");
    }

    @Override
    public Lease<String> lease() {
        throw new AssertionError("not for use");
    }

    @Override
    public int maxIdle() {
        return maxIdle;
    }

    @Override
    public void setMaxIdle(int maxIdle) {
        this.maxIdle = maxIdle;
        resizes++;
        whenResized.run();
    }

    @Override
    public PoolStats stats() {
        whenRead.run();
        return stats;
    }

    @Override
    public boolean isClosed() {
        return false;
    }

    @Override
    public void close() {}
}
