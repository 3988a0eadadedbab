package dev.ashlar.verification.jvm;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.AllocatorProviders;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A program that allocates and frees with every installed strategy, and names each on standard output. */
final class EveryStrategy {

    private EveryStrategy() {}

    public static void main(String[] args) {
        for (AllocatorProvider provider : AllocatorProviders.installed().values()) {
            try (Allocator allocator = provider.create(AllocatorConfig.defaults())) {
                for (long byteSize : new long[] {8, 1_000, 60_000}) {
                    List<MemorySegment> blocks = allocator.allocateAll(byteSize, 8, 100);
                    blocks.forEach(block -> block.fill((byte) 1));
                    allocator.freeAll(blocks);
                }
                allocator.trim();
            }
            System.out.println(provider.name());
        }
    }
}
