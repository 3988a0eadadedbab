package dev.ashlar.adaptive.guice;

import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;

/** Makes the pools that {@link AllocatorModule} binds. A method reference will do. */
@FunctionalInterface
public interface PoolMaker {

    /**
     * Makes a pool.
     *
     * @param <T> the type of the objects
     * @param config what the program bound
     * @return an open pool, which {@link AllocatorLifecycle} closes
     */
    <T> Pool<T> create(PoolConfig<T> config);
}
