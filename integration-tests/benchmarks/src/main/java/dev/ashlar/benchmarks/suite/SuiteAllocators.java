package dev.ashlar.benchmarks.suite;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Resettable;
import dev.ashlar.benchmarks.Malloc;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.AllocatorProviders;
import java.util.ArrayList;
import java.util.List;

/** The allocators on which the workloads run, by name: installed providers, {@code netty} and {@code void}. */
final class SuiteAllocators {

    private static final String MALLOC = "malloc";
    private static final String NETTY = "netty";
    private static final String VOID = "void";

    private SuiteAllocators() {}

    /** How blocks are allocated and freed. Netty's buffers and {@code void} always use addresses. */
    enum Api {
        /** As raw addresses, through {@link AddressAllocator}. */
        ADDRESS,
        /** As memory segments, through {@link Allocator}. */
        SEGMENT
    }

    /** All names. */
    static List<String> names() {
        List<String> names = new ArrayList<>();
        AllocatorProviders.installed().forEach((name, provider) -> {
            if (freesSingleBlocks(provider)) {
                names.add(name);
            }
        });
        if (!names.contains(MALLOC)) {
            names.add(MALLOC);
        }
        names.add(NETTY);
        names.add(VOID);
        return names;
    }

    /** Why installed strategies are not among the names, a sentence for each. */
    static List<String> leftOut() {
        return AllocatorProviders.installed().values().stream()
                .filter(provider -> !freesSingleBlocks(provider))
                .map(provider -> provider.name() + " frees blocks together, and the workloads free single blocks")
                .toList();
    }

    /** The API that is used for an allocator if one is requested. */
    static Api api(String name, Api requested) {
        return name.equals(NETTY) || isVoid(name) ? Api.ADDRESS : requested;
    }

    /** Whether a name is that of the workload without an allocator. Then nothing can be checked. */
    static boolean isVoid(String name) {
        return name.equals(VOID);
    }

    /**
     * Opens an allocator with every default.
     *
     * @param name one of {@link #names()}
     * @throws RuntimeException if it cannot be used here, such as a library that is not installed
     */
    static RawAllocator open(String name, Api api) {
        if (isVoid(name)) {
            return new RawVoid();
        }
        if (name.equals(NETTY)) {
            return new RawBuffers();
        }
        Allocator allocator = AllocatorProviders.find(name)
                .map(provider -> provider.create(AllocatorConfig.defaults()))
                .orElseGet(() -> peer(name));
        return api == Api.SEGMENT
                ? new RawSegments(allocator)
                : new RawAddresses(allocator.as(AddressAllocator.class).orElseThrow());
    }

    /** A peer that is no installed provider. */
    private static Allocator peer(String name) {
        if (name.equals(MALLOC)) {
            return Malloc.PLAIN;
        }
        throw new IllegalArgumentException("allocator is '" + name + "', must be one of " + String.join(", ", names()));
    }

    private static boolean freesSingleBlocks(AllocatorProvider provider) {
        return !provider.capabilities().interfaces().contains(Resettable.class);
    }
}
