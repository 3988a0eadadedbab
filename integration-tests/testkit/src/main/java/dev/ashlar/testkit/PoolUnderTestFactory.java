package dev.ashlar.testkit;

import dev.ashlar.api.PoolConfig;
import java.util.function.UnaryOperator;

/** Makes the pools for the rules. Each group of rules is an interface that extends this one. */
interface PoolUnderTestFactory {

    /** A new pool of objects that check themselves. */
    default PoolUnderTest pool(UnaryOperator<PoolConfig.Builder<PooledObject>> configuration) {
        // The cast keeps the subject out of what plugin authors see: only the contract itself implements the rules.
        return new PoolUnderTest(((PoolContract) this)::create, configuration);
    }

    /** A new pool without bounds. */
    default PoolUnderTest pool() {
        return pool(builder -> builder);
    }

    /** The declared limits of the pools. */
    PoolLimits declaredLimits();
}
