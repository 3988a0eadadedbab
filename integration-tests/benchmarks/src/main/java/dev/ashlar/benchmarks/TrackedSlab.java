package dev.ashlar.benchmarks;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.api.compose.Tracking;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** A slab allocator that is tracked, both with every default. It ends with the fork. */
@State(Scope.Benchmark)
public class TrackedSlab {

    final AddressAllocator addresses = Allocators.tracking(
                    AllocatorProviders.require("slab").create(AllocatorConfig.defaults()),
                    Tracking.builder().build())
            .as(AddressAllocator.class)
            .orElseThrow();
}
