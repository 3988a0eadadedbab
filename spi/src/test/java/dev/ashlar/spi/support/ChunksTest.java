package dev.ashlar.spi.support;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The chunks of an allocator, and which of them are returned to the source. */
class ChunksTest {

    private static final int CHUNK = 64 * 1024;

    private static final int PAGES = CHUNK / PageChunk.PAGE;

    private final TestSource memory = new TestSource(64L << 20);
    private final MeteredSource source = new MeteredSource(memory, 64L << 20, () -> 0);

    /** Chunks of the smallest size, with all pages in use. */
    private Chunks chunks(long retained, long reserve, int count) {
        Chunks chunks = new Chunks(source, retained, reserve);
        for (int i = 0; i < count; i++) {
            assertThat(chunks.preallocate(CHUNK)).isTrue();
        }
        for (PageChunk chunk : chunks.all()) {
            assertThat(chunk.runs().take(PAGES)).isZero();
        }
        return chunks;
    }

    private static void give(Chunks chunks, PageChunk chunk) {
        chunks.give(chunk, 0, PAGES);
        chunks.closeExcess();
    }

    @Test
    void mustGiveUnusedChunksBackBeyondWhatMayBeRetained() {
        Chunks chunks = chunks(3 * CHUNK, 0, 8);
        for (PageChunk chunk : chunks.all()) {
            give(chunks, chunk);
        }
        assertThat(memory.openBytes()).isEqualTo(3 * CHUNK);
        chunks.setRetained(CHUNK);
        assertThat(chunks.hasExcess()).isTrue();
        chunks.closeExcess();
        assertThat(chunks.hasExcess()).isFalse();
        assertThat(memory.openBytes()).isEqualTo(CHUNK);
        chunks.setRetained(0);
        chunks.closeExcess();
        assertThat(memory.openBytes()).isZero();
    }

    /** A load that varies around a chunk boundary must not take and return a chunk over and over. */
    @Test
    void mustRetainOneUnusedChunkWhateverMayBeRetainedUnlessItIsZero() {
        Chunks chunks = chunks(1, 0, 2);
        give(chunks, chunks.all().get(0));
        assertThat(memory.openBytes()).isEqualTo(2 * CHUNK);
        give(chunks, chunks.all().get(1));
        assertThat(memory.openBytes()).isEqualTo(CHUNK);
    }

    @Test
    void mustGoOnWithAChunkThatTheSourceCannotTakeBackAndGiveItBackWithTheNext() {
        Chunks chunks = chunks(0, 0, 3);
        PageChunk busy = chunks.all().get(0);
        memory.isBusy = true;
        give(chunks, busy);
        assertThat(memory.openBytes()).isEqualTo(3 * CHUNK);
        assertThat(busy.runs().take(PAGES)).as("first page of the chunk").isZero();
        give(chunks, busy);
        memory.isBusy = false;
        give(chunks, chunks.all().get(1));
        assertThat(memory.openBytes()).isEqualTo(CHUNK);
        assertThat(busy.runs().take(1)).as("a page of a chunk that went back").isNegative();
    }

    @Test
    void mustCountRetainedSlabsAmongWhatIsRetained() {
        Chunks chunks = chunks(2 * CHUNK, 0, 4);
        assertThat(chunks.retainSlab(CHUNK)).isTrue();
        assertThat(chunks.retainsSlabs()).isTrue();
        assertThat(chunks.retainSlab(PageChunk.PAGE))
                .as("64 KiB is enough in a small heap")
                .isFalse();
        for (PageChunk chunk : chunks.all()) {
            give(chunks, chunk);
        }
        assertThat(memory.openBytes()).isEqualTo(CHUNK);
        chunks.unretainSlab(CHUNK);
        assertThat(chunks.retainsSlabs()).isFalse();
    }

    @Test
    void mustNotGoBelowTheReserveWithoutATrimNorByOne() {
        Chunks chunks = chunks(3 * CHUNK, 3 * CHUNK, 8);
        for (PageChunk chunk : chunks.all()) {
            give(chunks, chunk);
        }
        assertThat(memory.openBytes()).isEqualTo(3 * CHUNK);
        chunks.trim();
        assertThat(memory.openBytes()).isEqualTo(3 * CHUNK);
        chunks.setRetained(0);
        chunks.closeExcess();
        assertThat(memory.openBytes()).isEqualTo(3 * CHUNK);
    }

    @Test
    void mustTrimAllThatIsUnusedWhateverMayBeRetained() {
        Chunks chunks = chunks(64 * CHUNK, 0, 8);
        PageChunk used = chunks.all().get(3);
        for (PageChunk chunk : chunks.all()) {
            if (chunk != used) {
                give(chunks, chunk);
            }
        }
        assertThat(memory.openBytes()).isEqualTo(8 * CHUNK);
        chunks.trim();
        assertThat(memory.openBytes()).isEqualTo(CHUNK);
        assertThat(chunks.all()).containsExactly(used);
        assertThat(chunks.hold(used.address() + CHUNK - 1)).isTrue();
        assertThat(chunks.hold(used.address() + CHUNK)).isFalse();
    }

    @Test
    void mustTakeChunksThatGrowWithWhatIsCommitted() {
        Chunks chunks = new Chunks(source, 0, 0);
        long largest = 0;
        while (source.committedBytes() < 32L << 20) {
            long before = source.committedBytes();
            assertThat(chunks.grow(64, chunks.changes(), 64)).isEqualTo(Chunks.Growth.DONE);
            long taken = source.committedBytes() - before;
            assertThat(taken).isBetween((long) CHUNK, Math.max(256L << 10, before / 64));
            largest = Math.max(largest, taken);
        }
        assertThat(largest).isGreaterThan(384L << 10);
        assertThat(chunks.grow(64, chunks.changes() - 1, 64)).isEqualTo(Chunks.Growth.BY_OTHERS);
    }

    @Test
    void mustTakeASmallChunkWhereALargeOneDoesNotFit() {
        MeteredSource limited = new MeteredSource(memory, 10L << 20, () -> 0);
        Chunks chunks = new Chunks(limited, 0, 0);
        while (chunks.grow(64, chunks.changes(), 64) == Chunks.Growth.DONE) {
            assertThat(limited.committedBytes()).isLessThanOrEqualTo(10L << 20);
        }
        assertThat(limited.committedBytes()).isEqualTo(10L << 20);
    }

    @Test
    void mustTakeNothingOnceItIsClosed() {
        Chunks chunks = chunks(0, 0, 3);
        chunks.closeAll();
        assertThat(memory.openBytes()).isZero();
        assertThat(chunks.grow(64, chunks.changes(), 64)).isEqualTo(Chunks.Growth.NONE);
        assertThat(chunks.preallocate(CHUNK)).isFalse();
    }
}
