package dev.ashlar.benchmarks;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A lock-free allocator with every default, which all threads of a benchmark share. It ends with the fork. */
@State(Scope.Benchmark)
public class SharedLockFree {

    final Allocator allocator = AllocatorProviders.require("lockfree").create(AllocatorConfig.defaults());
    final AddressAllocator addresses = allocator.as(AddressAllocator.class).orElseThrow();
}
