package dev.ashlar.verification.kit;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.testkit.PoolContract;

/** A simple pool can pass the contract of pools. */
// @start region="pool"
class HonestPoolTest extends PoolContract {

    @Override
    protected <T> SupervisedPool<T> create(PoolConfig<T> config) {
        return new HonestPool<>(config);
    }
}
// @end
