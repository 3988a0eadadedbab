package dev.ashlar.arena;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.testkit.UnbackedSource;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** What a new chunk costs, however many an arena has: counted in bytes on the heap. */
class ArenaStepsTest {

    private static final int CHUNK = 64 * 1024;

    /** The largest block that shares a chunk with others. */
    private static final int BLOCK = CHUNK / 4;

    @Test
    void mustTakeANewChunkAtTheSameCostHoweverManyThereAre() {
        AllocatorConfig config = AllocatorConfig.builder()
                .source(new UnbackedSource())
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
