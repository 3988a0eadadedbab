package dev.ashlar.arena;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Resettable;
import dev.ashlar.arena.internal.ArenaAllocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.Capabilities;
import java.util.Set;

/** The strategy {@code arena}: blocks that die together, at a reset or when their mark is rewound to. */
public final class ArenaProvider implements AllocatorProvider {

    /** For {@link java.util.ServiceLoader}. */
    public ArenaProvider() {}

    @Override
    public String name() {
        return "arena";
    }

    @Override
    public Capabilities capabilities() {
        return new Capabilities(
                Set.of(AddressAllocator.class, Resettable.class, Limit.class),
                ArenaConfig.DEFAULTS.largestChunk() / 4,
                4096);
    }

    @Override
    public int apiVersion() {
        return API_VERSION;
    }

    @Override
    public Allocator create(AllocatorConfig config) {
        return ArenaAllocator.create(config, config.settings("arena", ArenaConfig.DEFAULTS));
    }
}
