package dev.ashlar.arena;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.spi.MemorySource;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a new chunk costs, however many an arena has: counted in bytes on the heap. */
class ArenaStepsTest {

    private static final int CHUNK = 64 * 1024;

    /** The largest block that shares a chunk with others. */
    private static final int BLOCK = CHUNK / 4;

    /** Addresses without memory behind them: nothing here touches it. */
    private static final class Addresses implements MemorySource {
        private long next = 1L << 40;

        @Override
        public String name() {
            return "addresses";
        }

        @Override
        @SuppressWarnings("restricted")
        public @Nullable Chunk take(long byteSize, long byteAlignment) {
            // SAFETY: it is never accessed.
            MemorySegment memory = MemorySegment.ofAddress(next).reinterpret(byteSize);
            next += byteSize;
            return new Chunk() {
                @Override
                public MemorySegment memory() {
                    return memory;
                }

                @Override
                public void close() {}
            };
        }
    }

    @Test
    void mustTakeANewChunkAtTheSameCostHoweverManyThereAre() {
        AllocatorConfig config = AllocatorConfig.builder()
                .source(new Addresses())
                .settings(BumpArena.builder().firstChunk(CHUNK).largestChunk(CHUNK))
                .build();
        ThreadMXBean bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Allocator arena = AllocatorProviders.require("arena").create(config)) {
            AddressAllocator addresses = arena.as(AddressAllocator.class).orElseThrow();
            long few = bytesOfAChunk(addresses, bean);
            fill(addresses, 20_000);
            long many = bytesOfAChunk(addresses, bean);

            assertThat(many).as("bytes for a chunk, first %s", few).isLessThan(few + 1_000);
        }
    }

    /** The mean of 500, so that what grows in steps has its share. */
    private static long bytesOfAChunk(AddressAllocator addresses, ThreadMXBean bean) {
        long before = bean.getCurrentThreadAllocatedBytes();
        fill(addresses, 500);
        return (bean.getCurrentThreadAllocatedBytes() - before) / 500;
    }

    private static void fill(AddressAllocator addresses, int chunks) {
        for (int i = 0; i < chunks * (CHUNK / BLOCK); i++) {
            addresses.allocateAddress(BLOCK, 8);
        }
    }
}
