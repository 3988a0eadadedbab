package dev.ashlar.benchmarks;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import java.util.Map;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * The allocator of a C library, which all threads of a benchmark share. If the library is not installed, the benchmarks
 * of it fail with a message that says what to install, and the others run.
 */
public abstract class SharedLibrary {

    final AddressAllocator addresses;

    private SharedLibrary(String name, String downcalls) {
        Allocator allocator = AllocatorProviders.require(name)
                .create(AllocatorConfig.from(Map.of("ashlar." + name + ".downcalls", downcalls)));
        addresses = allocator.as(AddressAllocator.class).orElseThrow();
    }

    /** The C library of the process by plain calls: the thread changes its state when it enters and leaves the call. */
    @State(Scope.Benchmark)
    public static class PlainMalloc extends SharedLibrary {
        /** The constructor that JMH calls. */
        public PlainMalloc() {
            super("malloc", "plain");
        }
    }

    /** The same by critical calls, without that change. A safepoint waits for the call to end. */
    @State(Scope.Benchmark)
    public static class CriticalMalloc extends SharedLibrary {
        /** The constructor that JMH calls. */
        public CriticalMalloc() {
            super("malloc", "critical");
        }
    }

    /** jemalloc by critical calls. */
    @State(Scope.Benchmark)
    public static class Jemalloc extends SharedLibrary {
        /** The constructor that JMH calls. */
        public Jemalloc() {
            super("jemalloc", "critical");
        }
    }

    /** mimalloc by critical calls. */
    @State(Scope.Benchmark)
    public static class Mimalloc extends SharedLibrary {
        /** The constructor that JMH calls. */
        public Mimalloc() {
            super("mimalloc", "critical");
        }
    }
}
