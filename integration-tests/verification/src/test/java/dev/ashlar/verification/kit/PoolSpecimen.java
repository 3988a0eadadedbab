package dev.ashlar.verification.kit;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.testkit.PoolContract;

/** The contract on a pool with a fault. Not run by itself, but by {@link KitCanFailTest}. */
final class PoolSpecimen extends PoolContract {

    /** Static, because JUnit makes a new specimen for each test. */
    static PoolFault fault;

    @Override
    protected <T> SupervisedPool<T> create(PoolConfig<T> config) {
        return fault.broken().create(config);
    }
}
