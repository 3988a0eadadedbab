package dev.ashlar.benchmarks;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A buddy or tlsf allocator with every default, which all threads of a benchmark share. It ends with the fork. */
@State(Scope.Benchmark)
public abstract class SharedRegions {

    final Allocator allocator;
    final AddressAllocator addresses;

    SharedRegions(String strategy) {
        allocator = AllocatorProviders.require(strategy).create(AllocatorConfig.defaults());
        addresses = allocator.as(AddressAllocator.class).orElseThrow();
        allocator.allocate(64, AllocatorBenchmark.ALIGNMENT); // so that no pair empties the last region
    }

    /** The binary buddy. */
    public static class Buddy extends SharedRegions {

        /** For JMH. */
        public Buddy() {
            super("buddy");
        }
    }

    /** Two-level segregated fit. */
    public static class Tlsf extends SharedRegions {

        /** For JMH. */
        public Tlsf() {
            super("tlsf");
        }
    }
}
