package dev.ashlar.slab;

import dev.ashlar.api.Allocator;
import dev.ashlar.slab.internal.BitmapSlab;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.Capabilities;
import dev.ashlar.spi.support.SizeClassAllocator;

/** The strategy {@code slab}: blocks of up to 64 KiB by size class, from slabs that one thread owns at a time. */
public final class SlabProvider implements AllocatorProvider {

    /** For {@link java.util.ServiceLoader}. */
    public SlabProvider() {}

    @Override
    public String name() {
        return "slab";
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
        return new SizeClassAllocator(name(), BitmapSlab::new, config);
    }
}
