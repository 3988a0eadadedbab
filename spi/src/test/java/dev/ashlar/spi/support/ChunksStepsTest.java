package dev.ashlar.spi.support;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.ashlar.spi.MemorySource;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What it costs to find room, however many chunks there are: counted in nodes of the tree and in bytes on the heap. */
class ChunksStepsTest {

    private static final int CHUNK = 64 * 1024;
    private static final int PAGES = CHUNK / PageChunk.PAGE;

    /** A path from the root to a leaf and back, with 16 nodes beside each, in a tree of 100,000 leaves. */
    private static final long MOST_LOOKS = 2 * 16 * 6;

    private long looks;

    /** Addresses without memory behind them: nothing here touches it. */
    private static final class Addresses implements MemorySource {
        private long next = 1L << 40;

        @Override
        public String name() {
            return "addresses";
        }

        @Override
        @SuppressWarnings("restricted")
        public Chunk take(long byteSize, long byteAlignment) {
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

    private Chunks full(int count) {
        MeteredSource source = new MeteredSource(new Addresses(), Long.MAX_VALUE, () -> 0);
        Chunks chunks = new Chunks(source, 1 << 20, 0, capacity -> new CountingTree(capacity, () -> looks++));
        for (int i = 0; i < count; i++) {
            assertThat(chunks.preallocate(CHUNK)).isTrue();
            assertThat(chunks.take(PAGES, 0, 64)).isNotNull();
        }
        assertThat(chunks.take(1, 0, 64)).isNull();
        return chunks;
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 1_000, 100_000})
    void mustFindRoomInFewSteps(int count) {
        Chunks chunks = full(count);
        List<PageChunk> all = chunks.all();
        for (PageChunk chunk : List.of(all.getFirst(), all.get(count / 2), all.getLast())) {
            looks = 0;
            chunks.give(chunk, 0, 3);
            Slab.Place place = chunks.take(3, 0, 64);
            assertThat(place).isNotNull();
            assertThat(place.chunk()).isSameAs(chunk);
            assertThat(chunks.take(1, 0, 64)).isNull();
            assertThat(looks).as("looks among %s chunks", count).isLessThanOrEqualTo(4 * MOST_LOOKS);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 1_000, 100_000})
    void mustGiveAChunkBackAndTakeAnotherInFewSteps(int count) {
        Chunks chunks = full(count);
        List<PageChunk> all = new ArrayList<>(chunks.all());
        ThreadMXBean bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        chunks.setRetained(0);
        int rounds = Math.min(count, 1000);
        long before = bean.getCurrentThreadAllocatedBytes();
        looks = 0;
        for (int round = 0; round < rounds; round++) {
            PageChunk chunk = all.get((int) ((long) round * count / rounds));
            chunks.give(chunk, 0, PAGES);
            chunks.closeExcess();
            assertThat(chunks.hold(chunk.address())).isFalse();
            assertThat(chunks.preallocate(CHUNK)).isTrue();
            assertThat(chunks.take(PAGES, 0, 64)).isNotNull();
        }
        long bytes = (bean.getCurrentThreadAllocatedBytes() - before) / rounds;

        // The table is copied once in so many rounds as it has chunks, which adds to each a share that is the same.
        assertThat(looks / rounds).as("looks a round").isLessThanOrEqualTo(10 * MOST_LOOKS);
        assertThat(bytes).as("bytes a round").isLessThan(count < 1000 ? 20_000 : 10_000);
    }
}
