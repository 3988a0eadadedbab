package dev.ashlar.adaptive.guice;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.PoolListener;
import dev.ashlar.api.PoolStats;
import dev.ashlar.api.Registration;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.spi.PoolProvider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A pool that destroys idle objects when it is closed, for tests of making and closing pools. */
final class PlainPool<T> implements SupervisedPool<T> {

    /** Makes such pools. */
    static final class Provider implements PoolProvider {

        @Override
        public String name() {
            return "plain";
        }

        @Override
        public int apiVersion() {
            return API_VERSION;
        }

        @Override
        public <T> SupervisedPool<T> createBare(PoolConfig<T> config) {
            return new PlainPool<>(config);
        }
    }

    private final PoolConfig<T> config;
    private final List<T> idle = new ArrayList<>();
    private boolean closed;

    PlainPool(PoolConfig<T> config) {
        this.config = config;
    }

    @Override
    public T acquire() {
        if (closed) {
            throw new IllegalStateException("closed");
        }
        return config.factory().get();
    }

    @Override
    public T tryAcquire() {
        return acquire();
    }

    @Override
    public T acquire(Duration timeout) {
        return acquire();
    }

    @Override
    public void release(T object) {
        idle.add(object);
    }

    @Override
    public int tidy() {
        return 0;
    }

    @Override
    public Registration listen(PoolListener<? super T> listener) {
        throw new AssertionError("no test asks for one");
    }

    @Override
    public void track(PoolConfig.Tracking tracking) {}

    @Override
    public int maxIdle() {
        return config.maxIdle();
    }

    @Override
    public void setMaxIdle(int maxIdle) {}

    @Override
    public PoolStats stats() {
        return PoolStats.ZERO;
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    @Override
    public void close() {
        closed = true;
        idle.forEach(config.destroyer());
    }
}
