package dev.ashlar.spi.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.spi.MemorySource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LargeBlocksTest {

    private final List<Long> seen = new ArrayList<>();
    private final MeteredSource source = new MeteredSource(new LookingSource(), 1 << 20, () -> 0);
    private final LargeBlocks blocks = LargeBlocks.from(source, 0);

    /** Looks at the requested bytes whenever it is asked for memory. */
    private final class LookingSource implements MemorySource {
        private final TestSource memory = new TestSource(1 << 20);

        @Override
        public String name() {
            return memory.name();
        }

        @Override
        public @Nullable Chunk take(long byteSize, long byteAlignment) {
            seen.add(blocks.requestedBytes());
            return memory.take(byteSize, byteAlignment);
        }

        @Override
        public long takenBytes(long byteSize, long byteAlignment) {
            seen.add(blocks.requestedBytes());
            return byteSize;
        }
    }

    /** Another thread's batch would be refused for lack of room, and a sum could overflow. */
    @Test
    void mustNotCountARequestAsLiveBeforeItIsServed() {
        assertThat(blocks.tryAllocate(1L << 40, 8, () -> 0)).isNull();
        assertThat(blocks.tryAllocate(1000, 8, () -> 0)).isNotNull();
        assertThat(seen).isNotEmpty().containsOnly(0L);
        assertThat(blocks.requestedBytes()).isEqualTo(1000);
        blocks.close();
    }
}
