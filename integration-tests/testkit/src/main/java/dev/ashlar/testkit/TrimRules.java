package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.testkit.ChurnWorkload.Mix;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rule 8: after everything is freed, trim returns all but the configured reserve upstream. */
@OwnMemory
interface TrimRules extends AllocatorUnderTestFactory {

    @Test
    default void rule08_mustReturnAllMemoryWhenEverythingIsFreed() {
        try (AllocatorUnderTest subject = subject()) {
            new ChurnWorkload(subject, Mix.EVERYTHING).run(TestLength.of(2_000, 50_000));
            subject.freeEverything();
            assertTrimmedTo(subject, 0);
            subject.free(subject.allocate(100)); // and it can begin anew
        }
    }

    @Test
    default void rule08_mustReturnAllButTheReserveWhenEverythingIsFreed() {
        for (long reserve : new long[] {1, 1 << 20, 64 << 20}) {
            try (AllocatorUnderTest subject = subject(AllocationException.NO_LIMIT, 64 << 20, reserve)) {
                for (int i = 0; i < 600; i++) {
                    subject.allocate(Math.min(declaredLimits().largestBlock(), 8192));
                }
                subject.freeEverything();
                assertTrimmedTo(subject, reserve);
            }
        }
    }

    @Test
    default void rule08_mustCountMemoryWithLiveBlocksTowardsTheReserve() {
        assertThat(openBytesAfterTrimWithLiveBlocks(1 << 20))
                .as("bytes out after a trim, with a reserve of less than what is live")
                .isEqualTo(openBytesAfterTrimWithLiveBlocks(0));
    }

    private long openBytesAfterTrimWithLiveBlocks(long reserve) {
        long byteSize = Math.min(declaredLimits().largestBlock(), 8192);
        try (AllocatorUnderTest subject = subject(AllocationException.NO_LIMIT, 64 << 20, reserve)) {
            for (long live = 0; live < 2 << 20; live += byteSize) {
                subject.allocate(byteSize);
            }
            List<MemorySegment> others = new ArrayList<>();
            for (long live = 0; live < 4 << 20; live += byteSize) {
                others.add(subject.allocate(byteSize));
            }
            others.forEach(subject::free);
            subject.allocator().trim();
            return subject.source().openBytes();
        }
    }

    @Test
    default void rule08_mustReturnIdleMemoryBeyondWhatMayBeRetainedWithoutATrim() {
        for (long retained : new long[] {0, 1 << 20}) {
            try (AllocatorUnderTest subject = subject(AllocationException.NO_LIMIT, retained)) {
                new ChurnWorkload(subject, Mix.EVERYTHING).run(TestLength.of(1_000, 50_000));
                subject.freeEverything();
                if (!subject.waitsForReset()) { // a reset that keeps memory keeps everything
                    assertThat(subject.source().openBytes())
                            .as("bytes taken when nothing is live and %d may be retained", retained)
                            .isLessThanOrEqualTo(retained + declaredLimits().retainedBytesPerThread());
                }
            }
        }
    }

    @Test
    default void rule08_mustReturnLargeBlocks() {
        try (AllocatorUnderTest subject = subject()) {
            subject.allocateMany(20, declaredLimits().largestBlock());
            subject.freeEverything();
            assertTrimmedTo(subject, 0);
        }
    }

    @Test
    default void rule08_mustReturnNothingWhenNothingWasTaken() {
        try (AllocatorUnderTest subject = subject(AllocationException.NO_LIMIT, 1 << 20, 1 << 20)) {
            assertTrimmedTo(subject, 1 << 20);
        }
    }

    private static void assertTrimmedTo(AllocatorUnderTest subject, long reserve) {
        long before = subject.source().openBytes();
        long returned = subject.allocator().trim();
        // A reserve is kept in whole chunks, so the last of them may exceed it.
        assertThat(subject.source().openBytes())
                .as("bytes taken from the source after a trim")
                .isBetween(
                        Math.min(reserve, before),
                        reserve == 0 ? 0 : reserve + subject.source().largestChunk());
        assertThat(returned)
                .as("result of trim")
                .isEqualTo(before - subject.source().openBytes());
        assertThat(subject.stats().committedBytes()).isEqualTo(subject.source().openBytes());
        assertThat(subject.allocator().trim()).as("a second trim").isZero();
        assertThat(subject.source().misuses()).isEmpty();
    }

    @Test
    default void rule08_mustNotTouchLiveBlocks() {
        try (AllocatorUnderTest subject = subject()) {
            List<MemorySegment> live = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                MemorySegment block = subject.allocate(i * 5L);
                if (i % 10 == 0) {
                    live.add(block);
                } else {
                    subject.free(block);
                }
                if (i % 50 == 0) {
                    subject.allocator().trim();
                    subject.recorder().checkContents();
                }
            }
            assertThat(subject.stats().committedBytes())
                    .isEqualTo(subject.source().openBytes());
            subject.free(live);
            subject.freeEverything();
            assertTrimmedTo(subject, 0);
        }
    }

    @Test
    default void rule08_mustKeepCountOfChunksThatTheSourceCannotTakeBackYet() {
        try (AllocatorUnderTest subject = subject()) {
            List<MemorySegment> blocks = subject.allocateMany(50, 1000);
            freeWhileChunksAreBusy(subject, blocks);
            ignoringBusyChunks(() -> subject.allocator().trim());
            assertThat(subject.stats().committedBytes())
                    .isEqualTo(subject.source().openBytes());
            assertThat(subject.stats().allocations()).as("allocations").isEqualTo(blocks.size());
            freeTheRestWhenNoChunkIsBusy(subject, blocks);
            subject.allocateMany(50, 1000); // from the chunks that stayed
            subject.freeEverything();
            assertTrimmedTo(subject, 0);
        }
    }

    @Test
    default void rule06_mustServeFromMemoryThatTheSourceCouldNotTakeBack() {
        long limit = declaredLimits().tightLimitBytes();
        long byteSize = Math.min(declaredLimits().largestBlock(), limit / 200);
        try (AllocatorUnderTest subject = subject(limit, 0)) {
            List<MemorySegment> blocks = subject.fill(byteSize);
            freeWhileChunksAreBusy(subject, blocks);
            freeTheRestWhenNoChunkIsBusy(subject, blocks);
            subject.freeEverything();
            assertThat(subject.fill(byteSize).size())
                    .as("blocks, of as many as before")
                    .isEqualTo(blocks.size());
            subject.freeEverything();
        }
    }

    private static void freeWhileChunksAreBusy(AllocatorUnderTest subject, List<MemorySegment> blocks) {
        subject.source().keepChunksOpen();
        blocks.forEach(block -> {
            subject.recorder().givenBack(block);
            ignoringBusyChunks(() -> subject.allocator().free(block));
        });
    }

    /** A free that failed because of its chunk may have left the block live. */
    private static void freeTheRestWhenNoChunkIsBusy(AllocatorUnderTest subject, List<MemorySegment> blocks) {
        subject.source().recover();
        if (subject.stats().liveBlocks() > 0) {
            blocks.forEach(block -> {
                try {
                    subject.allocator().free(block);
                } catch (InvalidBlockException e) {
                    // it was freed the first time
                }
            });
        }
        assertThat(subject.stats().liveBlocks()).isZero();
    }

    private static void ignoringBusyChunks(Runnable operation) {
        try {
            operation.run();
        } catch (IllegalStateException e) {
            // allowed: it is the source that says so
        }
    }
}
