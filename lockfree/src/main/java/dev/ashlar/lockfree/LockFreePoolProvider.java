package dev.ashlar.lockfree;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.spi.PoolProvider;

/** The pool provider {@code lockfree}: pools of {@link LockFreePools} with the default settings. */
public final class LockFreePoolProvider implements PoolProvider {

    /** For {@link java.util.ServiceLoader}. */
    public LockFreePoolProvider() {}

    @Override
    public String name() {
        return "lockfree";
    }

    @Override
    public int apiVersion() {
        return API_VERSION;
    }

    @Override
    public <T> SupervisedPool<T> createBare(PoolConfig<T> config) {
        return LockFreePools.create(config);
    }
}
