package dev.ashlar.verification.kit;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.testkit.PoolContract;

/** The contract of pools can be kept. */
// @start region="pool"
class HonestPoolTest extends PoolContract {

    @Override
    protected <T> SupervisedPool<T> create(PoolConfig<T> config) {
        return new HonestPool<>(config);
    }
}
// @end
