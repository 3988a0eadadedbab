package dev.ashlar.benchmarks;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * An installed allocator with every default, by its provider's name, which all threads of a benchmark share. Each has a
 * JVM of its own. One that is not installed fails with a message that says so, and the others go on.
 */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH calls open first
public class SharedInstalled {

    /** The provider's name. */
    @Param({"slab", "lockfree", "adaptive", "malloc", "jemalloc", "mimalloc"})
    public String allocator;

    AddressAllocator addresses;

    /** Makes the allocator. */
    @Setup
    public void open() {
        addresses = AllocatorProviders.require(allocator)
                .create(AllocatorConfig.defaults())
                .as(AddressAllocator.class)
                .orElseThrow();
    }
}
