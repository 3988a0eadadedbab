package dev.ashlar.spi.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Limit;
import dev.ashlar.api.Refusal;
import dev.ashlar.spi.MemorySource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Committed and charged bytes are the bytes that the source takes. */
class MeteredSourceTest {

    private static final long PADDING = 100;

    private final Limit limit = Limit.of("test", 1000);
    private final Padding memory = new Padding();
    private final MeteredSource source = new MeteredSource(memory, limit, () -> 0);

    /** A source that takes more or fewer bytes for a chunk than it estimates. */
    private static final class Padding implements MemorySource {

        private final Arena arena = Arena.ofShared();
        private final AtomicLong open = new AtomicLong();
        private long added = PADDING;

        @Override
        public String name() {
            return "padding";
        }

        @Override
        public long takenBytes(long byteSize, long byteAlignment) {
            return byteSize + PADDING;
        }

        @Override
        public Chunk take(long byteSize, long byteAlignment) {
            open.addAndGet(byteSize + added);
            return new Part(this, arena.allocate(byteSize, byteAlignment), byteSize + added);
        }
    }

    private record Part(Padding source, MemorySegment memory, long takenBytes) implements MemorySource.Chunk {
        @Override
        public void close() {
            source.open.addAndGet(-takenBytes);
        }
    }

    @AfterEach
    void close() {
        memory.arena.close();
    }

    private MemorySource.Chunk take(long byteSize) {
        MemorySource.Chunk chunk = source.take(byteSize, 8);
        assertThat(chunk).isNotNull();
        return chunk;
    }

    private void assertCommitted(long bytes) {
        assertThat(source.committedBytes()).isEqualTo(bytes).isEqualTo(memory.open.get());
        assertThat(limit.usedBytes()).isEqualTo(bytes);
        assertThat(source.stats().committedBytes()).isEqualTo(bytes);
    }

    @Test
    void mustCommitWhatAChunkTakes() {
        MemorySource.Chunk chunk = take(64);
        assertThat(chunk.takenBytes()).isEqualTo(64 + PADDING);
        assertCommitted(64 + PADDING);
        assertThat(source.stats().peakCommittedBytes()).isEqualTo(64 + PADDING);

        chunk.close();
        assertCommitted(0);
    }

    @Test
    void mustRefuseAChunkWhosePaddingPassesTheLimit() {
        MemorySource.Chunk chunk = take(500);
        assertThat(source.take(301, 8)).isNull();
        assertCommitted(500 + PADDING);
        assertThat(memory.open.get()).as("the source was not asked").isEqualTo(500 + PADDING);
        assertThat(source.take(300, 8)).isNotNull();
        assertThat(source.refusal(1).reason()).isEqualTo(Refusal.Reason.LIMIT);
        chunk.close();
    }

    @Test
    void mustCommitLessWhereAChunkTakesLessThanExpected() {
        memory.added = 30;
        take(64).close();
        assertThat(source.stats().peakCommittedBytes()).isEqualTo(94);
        take(800);
        assertCommitted(830);
        take(70);
        assertCommitted(930);
    }

    @Test
    void mustCommitMoreWhereAChunkTakesMoreThanExpected() {
        memory.added = 300;
        MemorySource.Chunk chunk = take(64);
        assertCommitted(364);
        assertThat(source.take(400, 8)).as("expected to fit, and does not").isNull();
        assertCommitted(364);
        chunk.close();
        assertCommitted(0);
    }

    @Test
    void mustTellTheSizeOfAChunkThatTakesSomeBytes() {
        assertThat(source.sizeTaking(1000, 8)).isEqualTo(900);
        assertThat(source.sizeTaking(60, 8)).isNegative();
        assertThat(source.takenBytes(900, 8)).isEqualTo(1000);
    }

    @Test
    void mustReadRequestedBytesInProportionToTheLogarithmOfThePeak() {
        var reads = new AtomicLong();
        var requested = new AtomicLong();
        MeteredSource counted = new MeteredSource(memory, Long.MAX_VALUE, () -> {
            reads.incrementAndGet();
            return requested.get();
        });
        for (int i = 0; i < 10_000; i++) {
            assertThat(counted.take(8, 8)).isNotNull();
            requested.addAndGet(8);
            long atPeak = counted.stats().requestedAtPeakBytes();
            assertThat(atPeak).isBetween(8L * i - 8L * i / 256 - 8, 8L * i);
        }

        // One at each of the first 512 chunks, then one at each 256th part more: 512 + 256 (1/2 + 1/3 + ... + 1/39).
        assertThat(reads.get()).isBetween(512L, 1_350L);
        assertThat(counted.stats().peakCommittedBytes()).isEqualTo(10_000 * (8 + PADDING));
    }
}
