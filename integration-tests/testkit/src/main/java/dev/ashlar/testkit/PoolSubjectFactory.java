package dev.ashlar.testkit;

import dev.ashlar.api.PoolConfig;
import java.util.function.UnaryOperator;

/** Makes what the rules of pools are tested on. The rules stand in interfaces, which all extend this one. */
interface PoolSubjectFactory {

    /** A new pool of objects that check themselves. */
    default PoolSubject pool(UnaryOperator<PoolConfig.Builder<PooledObject>> configuration) {
        // The cast keeps the subject out of what plugin authors see: only the contract itself implements the rules.
        return new PoolSubject(((PoolContract) this)::create, configuration);
    }

    /** A new pool without bounds. */
    default PoolSubject pool() {
        return pool(builder -> builder);
    }

    /** What the pools declare. */
    PoolLimits declaredLimits();
}
