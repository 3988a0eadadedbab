package dev.ashlar.verification.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.InvalidBlockException.Reason;
import dev.ashlar.api.Refusal;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.LargeBlockPolicy;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.DirectAllocator;
import dev.ashlar.spi.support.LargeBlocks;
import dev.ashlar.spi.support.MeteredSource;
import dev.ashlar.testkit.FaultySource;
import dev.ashlar.testkit.TestLength;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LargeBlocksTest {

    private static final long SIZE = 100_000;
    private static final long LIMIT = 10 * SIZE;

    private final FaultySource memory = new FaultySource();
    private final MeteredSource source = new MeteredSource(memory, LIMIT, this::requestedBytes);
    private final LargeBlocks direct = LargeBlocks.from(source, 0);
    private final LargeBlocks retaining = LargeBlocks.from(source, 3 * SIZE);

    private static long nothing() {
        return 0;
    }

    private long requestedBytes() {
        return direct.requestedBytes() + retaining.requestedBytes();
    }

    @AfterEach
    void mustHaveUsedTheSourceProperly() {
        direct.close();
        retaining.close();
        assertThat(memory.misuses()).isEmpty();
        assertThat(memory.openChunks()).isZero();
    }

    private static long allocate(LargeBlocks blocks, long byteSize) {
        MemorySegment block = Objects.requireNonNull(blocks.tryAllocate(byteSize, 8, LargeBlocksTest::nothing));
        assertThat(block.byteSize()).isEqualTo(byteSize);
        return block.address();
    }

    @Test
    void mustReleaseABlockAtOnceAndGoByItsOwnSize() {
        long block = allocate(direct, SIZE);
        assertThat(direct.isLive(block)).isTrue();
        assertThat(direct.stats().allocatedBytes()).isEqualTo(SIZE);
        assertThat(direct.free(block, SIZE)).isTrue();
        assertThat(memory.openBytes()).isZero();
        AllocatorStats stats = direct.stats();
        assertThat(stats.requestedBytes()).isZero();
        assertThat(stats.liveBlocks()).isZero();
        assertThat(stats.frees()).isEqualTo(1);
        assertThat(stats.misses()).isEqualTo(1);
        assertThat(stats.metadataBytes()).isZero();
        assertThat(direct.free(block, SIZE)).isFalse();
        assertThat(direct.invalidFree(block).reason()).isEqualTo(Reason.FOREIGN);
        assertThat(direct.stats().invalidFrees()).isEqualTo(1);
    }

    @Test
    void mustSayThatNoBlockStartsInsideOfOne() {
        long block = allocate(direct, SIZE);
        InvalidBlockException inside = direct.whatIsWrongWith(block + 16);
        assertThat(inside.reason()).isEqualTo(Reason.NO_BLOCK_START);
        assertThat(inside.sizeClass()).isEqualTo(SIZE);
        assertThat(direct.owns(block + 16)).isTrue();
        assertThat(direct.owns(block + SIZE)).isFalse();
        assertThat(direct.stats().invalidFrees()).isZero();
    }

    @Test
    void mustKeepIdleMemoryThatCannotBeReleasedYet() {
        long block = allocate(retaining, SIZE);
        assertThat(retaining.free(block, SIZE)).isTrue();
        memory.keepChunksOpen();
        assertThatIllegalStateException().isThrownBy(() -> retaining.releaseIdle(size -> true));
        memory.recover();
        assertThat(allocate(retaining, SIZE)).isEqualTo(block);
        assertThat(retaining.free(block, SIZE)).isTrue();
        retaining.releaseIdle(size -> true);
        assertThat(memory.openChunks()).isZero();
    }

    @Test
    void mustReclaimOnceAndThenRefuseAndCountThat() {
        long block = allocate(direct, LIMIT);
        int[] reclaims = {0};
        assertThat(direct.tryAllocate(SIZE, 8, () -> reclaims[0]++)).isNull();
        assertThat(reclaims[0]).isEqualTo(1);
        assertThat(direct.stats().refused()).isEqualTo(1);
        assertThat(direct.refusal(SIZE, 8).message())
                .contains(LIMIT + " of " + LIMIT + " bytes of memory taken from the source are used");
        MemorySegment served = direct.tryAllocate(SIZE, 8, () -> direct.free(block, LIMIT) ? LIMIT : 0);
        assertThat(served).isNotNull();
        assertThat(direct.stats().refused()).isEqualTo(1);
        assertThat(direct.stats().requestedBytes()).isEqualTo(SIZE);
    }

    @Test
    void mustRefuseWhatTheStrategyCannotServe() {
        AllocatorConfig config = AllocatorConfig.defaults();
        LargeBlocks refusing = LargeBlocks.of(LargeBlockPolicy.REFUSE, config, source, 65_536, 4_096);
        assertThat(refusing.tryAllocate(SIZE, 8, () -> {
                    throw new AssertionError("no memory would help");
                }))
                .isNull();
        assertThat(refusing.refusal(SIZE, 8).message()).contains("byteSize is 100000, at most 65536");
        assertThat(refusing.refusal(8, 8_192).message()).contains("byteAlignment is 8192, at most 4096");
        assertThat(refusing.stats())
                .isEqualTo(AllocatorStats.builder().refused(1).build());
    }

    @Test
    void mustTakeFromTheConfiguredUpstreamWithoutTheLimit() {
        try (Allocator upstream = new DirectAllocator(
                new MeteredSource(memory, AllocationException.NO_LIMIT, LargeBlocksTest::nothing))) {
            AllocatorConfig config =
                    AllocatorConfig.builder().upstream(upstream).build();
            LargeBlocks above = LargeBlocks.of(LargeBlockPolicy.UPSTREAM, config, source, 65_536, 4_096);
            long block = allocate(above, 2 * LIMIT);
            assertThat(upstream.stats().liveBlocks()).isEqualTo(1);
            assertThat(source.committedBytes()).isZero();
            assertThat(above.stats().committedBytes()).isEqualTo(2 * LIMIT);
            assertThat(above.admits(new long[] {LIMIT, LIMIT}, byteSize -> LargeBlocks.LARGE))
                    .isTrue();
            assertThat(above.free(block, 2 * LIMIT)).isTrue();
            assertThat(upstream.stats().liveBlocks()).isZero();
        }
    }

    @Test
    void mustRefuseABatchThatCannotFitBesideWhatIsLive() {
        allocate(direct, 4 * SIZE);
        assertThat(direct.admits(new long[] {SIZE, 5 * SIZE}, byteSize -> LargeBlocks.LARGE))
                .isTrue();
        for (long[] sizes : List.of(new long[] {SIZE, 5 * SIZE + 1}, new long[] {Long.MAX_VALUE, Long.MAX_VALUE})) {
            assertThat(direct.admits(sizes, byteSize -> LargeBlocks.LARGE)).isFalse();
            Refusal refusal = direct.refusal(sizes, 8, byteSize -> LargeBlocks.LARGE);
            assertThat(refusal.reason()).isEqualTo(Refusal.Reason.LIMIT);
            assertThat(refusal.requestedBytes()).isEqualTo(Allocator.sum(sizes));
        }
        assertThat(direct.admits(new long[] {1}, byteSize -> 6 * SIZE + 1)).isFalse();
        assertThat(direct.stats().refused()).isEqualTo(3);
    }

    @Test
    void mustRetainFreedMemoryUpToWhatMayBeForBlocksOfAtLeastItsHalf() {
        List<Long> blocks = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            blocks.add(allocate(retaining, SIZE));
        }
        for (long block : blocks) {
            assertThat(retaining.free(block, SIZE)).isTrue();
        }
        assertThat(memory.openChunks()).isEqualTo(3);
        assertThat(retaining.whatIsWrongWith(blocks.getFirst()).reason()).isEqualTo(Reason.FREED_TWICE);
        allocate(retaining, SIZE / 2);
        allocate(retaining, SIZE / 2 - 1);
        allocate(retaining, SIZE + 1);
        AllocatorStats stats = retaining.stats();
        assertThat(stats.hits()).isEqualTo(1);
        assertThat(stats.misses()).isEqualTo(6);
        assertThat(stats.allocatedBytes()).isEqualTo(SIZE + SIZE / 2 - 1 + SIZE + 1);
        retaining.releaseIdle(byteSize -> true);
        assertThat(memory.openBytes()).isEqualTo(stats.allocatedBytes());
    }

    @Test
    void mustRewindToAMark() {
        long kept = allocate(retaining, SIZE);
        long mark = retaining.newest();
        long first = allocate(retaining, SIZE);
        assertThat(resize(retaining, first, SIZE, SIZE / 2)).isNotNull();
        allocate(retaining, SIZE);
        retaining.rewind(mark);
        assertThat(retaining.isLive(kept)).isTrue();
        assertThat(retaining.isLive(first)).isFalse();
        assertThat(retaining.stats().requestedBytes()).isEqualTo(SIZE);
        assertThat(memory.openChunks()).isEqualTo(3);
    }

    @Test
    void mustResizeWithinItsMemoryOnly() {
        long block = allocate(direct, SIZE);
        MemorySegment shrunk = Objects.requireNonNull(resize(direct, block, SIZE, SIZE / 2));
        assertThat(shrunk.address()).isEqualTo(block);
        assertThat(shrunk.byteSize()).isEqualTo(SIZE / 2);
        assertThat(direct.requestedBytes()).isEqualTo(SIZE / 2);
        assertThat(resize(direct, block, SIZE / 2, SIZE)).isNotNull();
        assertThat(resize(direct, block, SIZE, SIZE + 1)).isNull();
        assertThat(resize(direct, block, SIZE, SIZE / 2 - 1))
                .as("most would be wasted")
                .isNull();
        assertThat(resize(direct, block + 8, SIZE - 8, SIZE)).isNull();
        assertThat(direct.free(block, SIZE)).isTrue();
        assertThat(direct.requestedBytes()).isZero();
    }

    private @Nullable MemorySegment resize(LargeBlocks blocks, long address, long oldSize, long byteSize) {
        return blocks.resize(memory.memoryAt(address, oldSize), byteSize, 8);
    }

    /** In its memory or not. */
    @ParameterizedTest
    @ValueSource(longs = {SIZE, SIZE - 1, 1, 2 * SIZE})
    void mustRefuseToResizeABlockOfAnotherSize(long newSize) {
        long block = allocate(direct, SIZE);
        assertThat(resize(direct, block, SIZE, SIZE - 8)).isNotNull();
        for (long wrongSize : new long[] {SIZE, SIZE - 9, 0}) {
            assertThatExceptionOfType(InvalidBlockException.class)
                    .isThrownBy(() -> resize(direct, block, wrongSize, newSize))
                    .extracting(InvalidBlockException::reason)
                    .isEqualTo(Reason.WRONG_SIZE);
        }
        assertThat(direct.stats().invalidFrees()).isEqualTo(3);
        assertThat(direct.requestedBytes()).isEqualTo(SIZE - 8);
        assertThat(direct.free(block, SIZE - 8)).isTrue();
    }

    @Test
    void mustKeepABlockLiveThatIsBusyAndCloseEverythingElse() {
        allocate(retaining, SIZE);
        long busy = allocate(retaining, SIZE);
        assertThat(retaining.free(allocate(retaining, SIZE), SIZE)).isTrue();
        memory.keepChunkOpen(busy);
        for (int i = 0; i < 2; i++) {
            assertThatIllegalStateException().isThrownBy(retaining::close);
            assertThat(memory.openChunks()).isEqualTo(1);
        }
        assertThatIllegalStateException().isThrownBy(() -> retaining.tryAllocate(1, 1, LargeBlocksTest::nothing));
        memory.recover();
        retaining.close();
        assertThat(memory.openChunks()).isZero();
        assertThatIllegalStateException().isThrownBy(() -> retaining.free(busy, SIZE));
    }

    @Test
    void mustThrowTheFirstFailureOfSeveralWithTheOthersSuppressed() {
        allocate(retaining, SIZE);
        assertThat(retaining.free(allocate(retaining, SIZE / 3), SIZE / 3)).isTrue();
        memory.keepChunksOpen();
        assertThatIllegalStateException()
                .isThrownBy(retaining::close)
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
        memory.recover();
    }

    @Test
    void mustLeaveTheBlockLiveIfItsFreeFails() {
        long block = allocate(direct, SIZE);
        memory.keepChunksOpen();
        assertThatIllegalStateException().isThrownBy(() -> direct.free(block, SIZE));
        assertThat(direct.isLive(block)).isTrue();
        assertThat(direct.stats().liveBlocks()).isEqualTo(1);
        assertThat(direct.stats().requestedBytes()).isEqualTo(SIZE);
        memory.recover();
        assertThat(direct.free(block, SIZE)).isTrue();
    }

    /** Two threads free each block at once; a third reads the figures all the time. */
    @Test
    void mustLetOneOfTwoFreesSucceedAndNeverTellFewerBlocksServedThanFreed() throws Exception {
        int rounds = TestLength.of(300, 20_000);
        long[] block = {0};
        CyclicBarrier start = new CyclicBarrier(2, () -> block[0] = allocate(direct, 64));
        AtomicBoolean done = new AtomicBoolean();
        Callable<Integer> free = () -> {
            int freed = 0;
            for (int i = 0; i < rounds; i++) {
                start.await();
                freed += direct.free(block[0], 64) ? 1 : 0;
            }
            return freed;
        };
        try (ExecutorService executor = Executors.newFixedThreadPool(3)) {
            Future<Integer> first = executor.submit(free);
            Future<Integer> second = executor.submit(free);
            Future<?> reader = executor.submit(() -> {
                AllocatorStats before = AllocatorStats.ZERO;
                while (!done.get()) {
                    AllocatorStats now = direct.stats();
                    assertThat(now.liveBlocks()).isNotNegative();
                    assertThat(now.requestedBytes()).isNotNegative();
                    assertThat(now.allocations()).isGreaterThanOrEqualTo(before.allocations());
                    assertThat(now.frees()).isGreaterThanOrEqualTo(before.frees());
                    assertThat(now.hits()).isGreaterThanOrEqualTo(before.hits());
                    before = now;
                }
            });
            assertThat(first.get() + second.get()).isEqualTo(rounds);
            done.set(true);
            reader.get();
        }
        assertThat(direct.stats().frees()).isEqualTo(rounds);
    }

    /** Counted in looks at chunks. */
    @ParameterizedTest
    @ValueSource(ints = {10, 1_000, 100_000})
    void mustFindIdleMemoryInAFewStepsHoweverMuchThereIs(int count) {
        AtomicLong looks = new AtomicLong();
        try (Arena arena = Arena.ofShared()) {
            MemorySource counting = new CountedChunks(arena.allocate(200_000L * 64, 64), looks);
            LargeBlocks blocks = LargeBlocks.from(
                    new MeteredSource(counting, AllocationException.NO_LIMIT, () -> 0), Long.MAX_VALUE);
            List<MemorySegment> all = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                all.add(blocks.tryAllocate(64, 64, LargeBlocksTest::nothing));
            }
            all.forEach(block -> assertThat(blocks.free(block.address(), 64)).isTrue());
            looks.set(0);

            long block = allocate(blocks, 64);
            assertThat(blocks.free(block, 64)).isTrue();

            assertThat(looks).hasValueLessThanOrEqualTo(30);
            blocks.close();
        }
    }

    /** Chunks cut from one segment, one behind the other. They count how often they are looked at. */
    private static final class CountedChunks implements MemorySource {
        private final MemorySegment memory;
        private final AtomicLong looks;
        private long used;

        CountedChunks(MemorySegment memory, AtomicLong looks) {
            this.memory = memory;
            this.looks = looks;
        }

        @Override
        public String name() {
            return "counted";
        }

        @Override
        public Chunk take(long byteSize, long byteAlignment) {
            MemorySegment cut = memory.asSlice(used, byteSize);
            used += 64;
            return new Chunk() {
                @Override
                public MemorySegment memory() {
                    looks.incrementAndGet();
                    return cut;
                }

                @Override
                public void close() {}
            };
        }
    }
}
