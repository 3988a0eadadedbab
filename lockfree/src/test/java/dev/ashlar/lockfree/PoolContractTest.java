package dev.ashlar.lockfree;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.testkit.PoolContract;
import dev.ashlar.testkit.PoolLimits;
import dev.ashlar.testkit.PoolLimits.SeenReleases;

/** The contract on pools with their defaults: any thread gets any idle object, and releases are not checked. */
class PoolContractTest extends PoolContract {

    @Override
    protected <T> SupervisedPool<T> create(PoolConfig<T> config) {
        return LockFreePools.create(config);
    }

    @Override
    protected PoolLimits limits() {
        return new PoolLimits(SeenReleases.NONE, 0);
    }
}
