package dev.ashlar.lockfree;

import dev.ashlar.api.Allocator;
import dev.ashlar.lockfree.internal.CasSlab;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.Capabilities;
import dev.ashlar.spi.support.SizeClassAllocator;

/**
 * The strategy {@code lockfree}: blocks of up to 64 KiB by size class. If several threads free one block, exactly one
 * succeeds.
 */
public final class LockFreeProvider implements AllocatorProvider {

    /** For {@link java.util.ServiceLoader}. */
    public LockFreeProvider() {}

    @Override
    public String name() {
        return "lockfree";
    }

    @Override
    public Capabilities capabilities(AllocatorConfig config) {
        return SizeClassAllocator.capabilities(name(), config);
    }

    @Override
    public int apiVersion() {
        return API_VERSION;
    }

    @Override
    public Allocator createBare(AllocatorConfig config) {
        return new SizeClassAllocator(name(), CasSlab::new, config);
    }
}
