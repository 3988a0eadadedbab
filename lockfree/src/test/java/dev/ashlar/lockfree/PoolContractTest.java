package dev.ashlar.lockfree;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.testkit.PoolContract;
import dev.ashlar.testkit.PoolLimits;
import dev.ashlar.testkit.PoolLimits.SeenReleases;

/** The contract of pools as they are by default: any thread gets any idle object; release trusts its callers. */
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
