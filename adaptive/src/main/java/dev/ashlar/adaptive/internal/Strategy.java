package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.TierConfig;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.DirectAllocator;
import dev.ashlar.spi.support.MeteredSource;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What makes the allocators of a tier: an installed provider, or none, for blocks that are chunks of their own.
 *
 * @param provider the provider, or null
 */
record Strategy(@Nullable AllocatorProvider provider) {

    /** Each block is a chunk of its own. */
    static final Strategy DIRECT = new Strategy(null);

    /** The component of a strategy's settings that takes a table of size classes, where it has one. */
    private static final String TABLE = "sizes";

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
     * @param table size classes, ascending, or an empty list for the strategy's own
     * @throws IllegalArgumentException if there is a table and the strategy takes none
     */
    Allocator create(AllocatorConfig config, MemorySource source, List<Integer> table) {
        if (provider == null) {
            return new DirectAllocator(new MeteredSource(source, AllocationException.NO_LIMIT, () -> 0));
        }
        AllocatorConfig.Builder own = config.toBuilder().source(source).limitBytes(AllocationException.NO_LIMIT);
        if (!table.isEmpty()) {
            String sizes = table.stream().map(String::valueOf).collect(Collectors.joining(","));
            own.properties(Map.of("ashlar." + provider.name() + "." + TABLE, sizes));
        }
        return provider.create(own.build());
    }
}
