package dev.ashlar.testkit;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.SupervisedPool;

/**
 * The contract of {@link SupervisedPool} as tests. The author of a pool extends it with a method that makes one:
 *
 * {@snippet class="dev.ashlar.verification.kit.HonestPoolTest" region="pool"}
 *
 * <p>Each test is named after the rule of {@link dev.ashlar.api.Pool} that it tests. A test that does not apply with
 * the declared {@link #limits()} is reported as skipped, with the limit as the reason. The system properties are those
 * of {@link AllocatorContract}.
 */
public abstract class PoolContract
        implements PoolObjectRules,
                PoolReleaseRules,
                PoolBoundRules,
                PoolCloseRules,
                PoolFaultRules,
                PoolStatisticsRules {

    /** For subclasses. */
    protected PoolContract() {}

    /**
     * Makes a pool. Each test makes its own and closes it.
     *
     * @param <T> the type of the objects
     * @param config the configuration that the test needs
     */
    protected abstract <T> SupervisedPool<T> create(PoolConfig<T> config);

    /**
     * The limits of these pools.
     *
     * @return {@link PoolLimits#NONE} by default
     */
    protected PoolLimits limits() {
        return PoolLimits.NONE;
    }

    @Override
    public final PoolLimits declaredLimits() {
        return limits();
    }
}
