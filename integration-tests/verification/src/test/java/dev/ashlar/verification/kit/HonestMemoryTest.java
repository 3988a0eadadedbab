package dev.ashlar.verification.kit;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.testkit.FaultySource;
import dev.ashlar.testkit.MemoryBounds;
import dev.ashlar.testkit.MemoryContract;

/** An allocator that only counts can keep tight bounds of memory. */
// @start region="memory"
class HonestMemoryTest extends MemoryContract {

    @Override
    protected Allocator create(AllocatorConfig config) {
        return new PaperAllocator(config.limitBytes());
    }

    @Override
    protected MemoryBounds bounds() {
        return MemoryBounds.builder()
                .sharedTable(1.05) // other threads go on between two looks
                .handover(1)
                .keptBlocks(1)
                .phases(1)
                .manySizes(1)
                .retainedBytesPerThread(0)
                .pinnedBytesPerThread(0)
                .build();
    }

    @Override
    protected long liveBytes() {
        return 3_000_000;
    }

    @Override
    protected long committedBytes(Allocator allocator, FaultySource source) {
        return allocator.stats().committedBytes();
    }
}
// @end
