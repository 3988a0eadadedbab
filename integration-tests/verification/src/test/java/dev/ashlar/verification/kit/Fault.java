package dev.ashlar.verification.kit;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.testkit.ContractLimits;
import java.util.List;
import java.util.function.Function;

/**
 * A way to break a rule, and the tests that must find it.
 *
 * @param name what the allocator does wrong
 * @param broken makes an allocator that is otherwise correct
 * @param limits the limits that it declares
 * @param caughtBy the tests that must fail, by their names
 */
record Fault(String name, Function<AllocatorConfig, Allocator> broken, ContractLimits limits, List<String> caughtBy) {

    static Fault of(String name, Function<AllocatorConfig, Allocator> broken, String... caughtBy) {
        return new Fault(name, broken, new HonestAllocatorTest().limits(), List.of(caughtBy));
    }

    static Fault ofCapable(String name, Function<AllocatorConfig, Allocator> broken, String... caughtBy) {
        return new Fault(name, broken, new CapableAllocatorTest().limits(), List.of(caughtBy));
    }

    static Fault ofArena(String name, Function<AllocatorConfig, Allocator> broken, String... caughtBy) {
        return new Fault(name, broken, new HonestArenaTest().limits(), List.of(caughtBy));
    }

    Fault withLimits(ContractLimits declared) {
        return new Fault(name, broken, declared, caughtBy);
    }

    @Override
    public String toString() {
        return name;
    }
}
