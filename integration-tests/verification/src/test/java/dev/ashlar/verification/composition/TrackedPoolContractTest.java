package dev.ashlar.verification.composition;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.api.compose.Tracking;
import dev.ashlar.lockfree.LockFreePools;
import dev.ashlar.testkit.PoolContract;

/** The contract of pools on one whose objects are all tracked. */
class TrackedPoolContractTest extends PoolContract {

    @Override
    protected <T> SupervisedPool<T> create(PoolConfig<T> config) {
        return Tracking.builder()
                .objectsPerSample(Tracking.ALL)
                .unreachable(Tracking.Unreachable.IGNORED)
                .build()
                .owning(LockFreePools.create(config.toBuilder()
                        .tracking(PoolConfig.Tracking.IDENTITY)
                        .build()));
    }
}
