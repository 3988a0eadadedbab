package dev.ashlar.lockfree;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.PoolConfig.Tracking;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.testkit.PoolContract;

/** The contract of pools without any limit, with tracking and with caches so small that the shared tier is in use. */
class TrackingPoolContractTest extends PoolContract {

    @Override
    protected <T> SupervisedPool<T> create(PoolConfig<T> config) {
        return LockFreePools.create(
                config.toBuilder().tracking(Tracking.IDENTITY).build(), 2);
    }
}
