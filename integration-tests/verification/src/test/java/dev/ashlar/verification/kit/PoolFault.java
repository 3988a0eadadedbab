package dev.ashlar.verification.kit;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.SupervisedPool;
import java.util.List;

/**
 * A way to break a rule of pools, and the tests that must find it.
 *
 * @param name what the pool does wrong
 * @param broken makes a pool that is otherwise correct
 * @param caughtBy the tests that must fail, by their names
 */
record PoolFault(String name, Maker broken, List<String> caughtBy) {

    /** A method reference, never a lambda: the method has a type parameter of its own. */
    @FunctionalInterface
    interface Maker {
        <T> SupervisedPool<T> create(PoolConfig<T> config);
    }

    static PoolFault of(String name, Maker broken, String... caughtBy) {
        return new PoolFault(name, broken, List.of(caughtBy));
    }

    @Override
    public String toString() {
        return name;
    }
}
