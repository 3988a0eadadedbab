package dev.ashlar.benchmarks;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** An adaptive allocator with every default, which all threads of a benchmark share. It ends with the fork. */
@State(Scope.Benchmark)
public class SharedAdaptive {

    final Allocator allocator = AllocatorProviders.require("adaptive").create(AllocatorConfig.defaults());
    final AddressAllocator addresses = allocator.as(AddressAllocator.class).orElseThrow();
}
