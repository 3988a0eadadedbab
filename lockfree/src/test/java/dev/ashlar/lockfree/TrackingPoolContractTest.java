package dev.ashlar.lockfree;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.PoolConfig.Tracking;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.testkit.PoolContract;

/**
 * The contract on pools without declared limits, with tracking, and with small caches, so that the shared tier is used.
 */
class TrackingPoolContractTest extends PoolContract {

    @Override
    protected <T> SupervisedPool<T> create(PoolConfig<T> config) {
        return LockFreePools.create(
                config.toBuilder().tracking(Tracking.IDENTITY).build(), 2);
    }
}
