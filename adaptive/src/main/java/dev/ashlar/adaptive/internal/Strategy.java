package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.TierConfig;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.DirectAllocator;
import dev.ashlar.spi.support.MeteredSource;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What makes the allocators of a tier: an installed provider, or none, for blocks that are chunks of their own.
 *
 * @param provider the provider, or null
 */
record Strategy(@Nullable AllocatorProvider provider) {

    /** Each block is a chunk of its own. */
    static final Strategy DIRECT = new Strategy(null);

    String name() {
        return provider == null ? TierConfig.DIRECT : provider.name();
    }

    /** The largest block that it serves itself. */
    long largestBlock() {
        return provider == null ? Long.MAX_VALUE : provider.capabilities().maxByteSize();
    }

    long largestAlignment() {
        return provider == null ? Long.MAX_VALUE : provider.capabilities().maxByteAlignment();
    }

    /**
     * Makes an allocator without a limit of its own.
     *
     * @param config capacity, reserve and the settings of all strategies
     * @param source where it takes its chunks
     */
    Allocator create(AllocatorConfig config, MemorySource source) {
        if (provider == null) {
            return direct(source);
        }
        return provider.create(config.toBuilder()
                .source(source)
                .limitBytes(AllocationException.NO_LIMIT)
                .build());
    }

    private static Allocator direct(MemorySource source) {
        AtomicReference<@Nullable DirectAllocator> made = new AtomicReference<>();
        MeteredSource metered = new MeteredSource(source, AllocationException.NO_LIMIT, () -> {
            DirectAllocator direct = made.get();
            return direct == null ? 0 : direct.requestedBytes();
        });
        DirectAllocator direct = new DirectAllocator(metered);
        made.set(direct);
        return direct;
    }
}
