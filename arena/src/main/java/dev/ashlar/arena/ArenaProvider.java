package dev.ashlar.arena;

import dev.ashlar.api.Allocator;
import dev.ashlar.arena.internal.ArenaAllocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.Capabilities;

/** The strategy {@code arena}: blocks that are freed together, by a reset or by a rewind to a mark. */
public final class ArenaProvider implements AllocatorProvider {

    /** For {@link java.util.ServiceLoader}. */
    public ArenaProvider() {}

    @Override
    public String name() {
        return ArenaAllocator.NAME;
    }

    @Override
    public Capabilities capabilities(AllocatorConfig config) {
        return ArenaAllocator.capabilities(config);
    }

    @Override
    public int apiVersion() {
        return API_VERSION;
    }

    @Override
    public Allocator createBare(AllocatorConfig config) {
        return ArenaAllocator.create(config);
    }
}
