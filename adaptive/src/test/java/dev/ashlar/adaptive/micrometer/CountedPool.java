package dev.ashlar.adaptive.micrometer;

import dev.ashlar.api.Lease;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolStats;
import java.time.Duration;

/** A pool that only has figures. */
final class CountedPool implements Pool<String> {

    long acquires = 100;

    @Override
    public String acquire() {
        throw new AssertionError("not for use");
    }

    @Override
    public String tryAcquire() {
        return acquire();
    }

    @Override
    public String acquire(Duration timeout) {
        return acquire();
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
        return 7;
    }

    @Override
    public void setMaxIdle(int maxIdle) {}

    @Override
    public PoolStats stats() {
        return new PoolStats(3, 2, 10, acquires, acquires - 2, 5, 10);
    }

    @Override
    public boolean isClosed() {
        return false;
    }

    @Override
    public void close() {}
}
