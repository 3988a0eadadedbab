package dev.ashlar.arena.internal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Resettable;
import dev.ashlar.api.Resettable.Mark;
import dev.ashlar.api.Resettable.ResetMode;
import dev.ashlar.arena.ArenaProvider;
import dev.ashlar.arena.BumpArena;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.testkit.FaultySource;
import dev.ashlar.testkit.Race;
import dev.ashlar.testkit.TestLength;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A shared arena and its core with platform and virtual threads. */
class ArenaStressTest {

    private final FaultySource source = new FaultySource();
    private final AtomicInteger seed = new AtomicInteger();

    @AfterEach
    void mustHaveUsedTheSourceProperly() {
        assertThat(source.misuses()).isEmpty();
        assertThat(source.openChunks()).isZero();
    }

    private Allocator create() {
        BumpArena.Builder settings = BumpArena.builder().firstChunk(4 << 10).largestChunk(64 << 10);
        return new ArenaProvider()
                .create(AllocatorConfig.builder()
                        .source(source)
                        .retainedBytes(0)
                        .settings(settings)
                        .build());
    }

    private record Taken(long offset, long byteSize) {}

    /** Many threads on one core, more than share a stripe. */
    @Test
    void bumpsAndFreesMustNotHandOutOverlappingBlocks() {
        for (int wave = TestLength.of(100, 10_000); wave > 0; wave--) {
            BumpCore core = new BumpCore(64 << 10, true);
            core.activate();
            Queue<Taken> taken = new ConcurrentLinkedQueue<>();
            AtomicInteger served = new AtomicInteger();
            AtomicInteger freed = new AtomicInteger();
            Race.Task marking = () -> {
                while (served.get() < 500) {
                    core.mark();
                    Race.letOthersRun();
                    if (core.room() < 1_000) {
                        return;
                    }
                }
            };
            Race.Task bumping = () -> {
                SplittableRandom random = new SplittableRandom(seed.incrementAndGet());
                for (int i = 0; i < 300; i++) {
                    long byteSize = random.nextLong(120);
                    long offset = core.bump(byteSize, 1L << random.nextInt(6));
                    if (offset < 0) {
                        return;
                    }
                    served.incrementAndGet();
                    if (random.nextInt(3) == 0) {
                        assertThat(core.free(offset, byteSize)).isTrue();
                        freed.incrementAndGet();
                    } else {
                        taken.add(new Taken(offset, byteSize));
                    }
                }
            };
            Race.run(List.of(bumping, bumping, bumping, marking));
            core.checkInvariants();
            long end = -1;
            for (Taken block : taken.stream()
                    .sorted((a, b) -> Long.compare(a.offset, b.offset))
                    .toList()) {
                assertThat(block.offset)
                        .as("start of a block behind the one before")
                        .isGreaterThanOrEqualTo(end);
                end = block.offset + Math.max(1, block.byteSize);
            }
            assertThat(core.liveBlocks()).isEqualTo(taken.size());
            assertThat(core.requestedBytes())
                    .isEqualTo(taken.stream().mapToLong(Taken::byteSize).sum());
            assertThat(core.allocatedBytes())
                    .isEqualTo(taken.stream()
                            .mapToLong(block -> (Math.max(1, block.byteSize) + 7) & -8)
                            .sum());
            assertThat(core.allocations()).isEqualTo(served.get());
            assertThat(freed.get() + taken.size()).isEqualTo(served.get());
        }
    }

    @Test
    void platformThreadsMustNotGetOverlappingBlocks() {
        for (int wave = TestLength.of(10, 500); wave > 0; wave--) {
            allocateTogether(Thread.ofPlatform().daemon(), 4, 1_500);
        }
    }

    @Test
    void virtualThreadsMustNotGetOverlappingBlocks() {
        for (int wave = TestLength.of(5, 300); wave > 0; wave--) {
            allocateTogether(Thread.ofVirtual(), 300, 30);
        }
    }

    /** Each block is filled with its number, and checked when all threads have ended. */
    private void allocateTogether(Thread.Builder threads, int count, int blocksEach) {
        try (Allocator arena = create()) {
            Queue<MemorySegment> blocks = new ConcurrentLinkedQueue<>();
            Race.run(threads, Collections.nCopies(count, () -> {
                byte mark = (byte) seed.incrementAndGet();
                SplittableRandom random = new SplittableRandom(seed.get());
                List<MemorySegment> own = new ArrayList<>();
                for (int i = 0; i < blocksEach; i++) {
                    long byteSize = random.nextInt(200) == 0 ? 20 << 10 : 1 + random.nextLong(200);
                    own.add(arena.allocate(byteSize, 8).fill(mark));
                }
                for (MemorySegment block : own) {
                    byte[] bytes = block.toArray(ValueLayout.JAVA_BYTE);
                    byte[] expected = new byte[bytes.length];
                    Arrays.fill(expected, mark);
                    if (!Arrays.equals(bytes, expected)) {
                        throw new AssertionError("a block was written to by another thread");
                    }
                }
                blocks.addAll(own);
            }));
            List<MemorySegment> sorted = blocks.stream()
                    .sorted((a, b) -> Long.compare(a.address(), b.address()))
                    .toList();
            for (int i = 1; i < sorted.size(); i++) {
                assertThat(sorted.get(i).address())
                        .isGreaterThanOrEqualTo(
                                sorted.get(i - 1).address() + sorted.get(i - 1).byteSize());
            }
            AllocatorStats stats = arena.stats();
            assertThat(stats.liveBlocks()).isEqualTo((long) count * blocksEach);
            assertThat(stats.requestedBytes())
                    .isEqualTo(
                            sorted.stream().mapToLong(MemorySegment::byteSize).sum());
        }
    }

    /** The reset may or may not free blocks that are allocated meanwhile. Afterwards every figure must be exact. */
    @Test
    void resetsRewindsAndTrimsMustRaceWithAllocationsAndStayExact() {
        for (int wave = TestLength.of(60, 5_000); wave > 0; wave--) {
            try (Allocator arena = create()) {
                Resettable resettable = arena.as(Resettable.class).orElseThrow();
                AtomicInteger running = new AtomicInteger(3);
                AtomicInteger served = new AtomicInteger();
                AtomicInteger resets = new AtomicInteger();
                Race.Task allocating = () -> {
                    try {
                        for (int i = 0; i < 800; i++) {
                            arena.allocate(i % 300, 8);
                            served.incrementAndGet();
                        }
                    } finally {
                        running.decrementAndGet();
                    }
                };
                Race.Task resetting = () -> {
                    for (int i = 0; running.get() > 0; i++) {
                        Mark mark = resettable.mark();
                        Race.letOthersRun();
                        resettable.rewind(mark);
                        arena.trim();
                        resettable.reset(i % 2 == 0 ? new ResetMode.KeepMemory() : new ResetMode.GiveBack());
                        resets.incrementAndGet();
                    }
                };
                Race.run(List.of(allocating, allocating, allocating, resetting));
                // A rewind, trim or reset may free a block, and release its chunk, before the allocating thread returns
                // it. The thread then takes another block. Both count as allocated, and the first as freed.
                int lostAtMost = 3 * 3 * resets.get();
                assertThat(arena.stats().allocations())
                        .isBetween((long) served.get(), (long) served.get() + lostAtMost);
                resettable.reset(new ResetMode.KeepMemory());
                assertThat(arena.stats().liveBlocks()).isZero();
                assertThat(arena.stats().committedBytes()).isEqualTo(source.openBytes());
                List<MemorySegment> blocks = new ArrayList<>();
                for (int i = 0; i < 200; i++) {
                    blocks.add(arena.allocate(100, 8));
                }
                assertThat(blocks.stream().map(MemorySegment::address).distinct())
                        .hasSize(200);
                assertThat(arena.stats().liveBlocks()).isEqualTo(200);
                assertThat(arena.stats().allocatedBytes()).isEqualTo(200 * 104);
                resettable.reset(new ResetMode.GiveBack());
                assertThat(source.openBytes()).isZero();
            }
        }
    }

    @Test
    void closeMustLeakNothingThatIsTakenMeanwhile() {
        for (int wave = TestLength.of(60, 5_000); wave > 0; wave--) {
            Allocator arena = create();
            Race.Task allocating = () -> {
                try {
                    for (int i = 0; ; i++) {
                        arena.allocate(i % 100 == 0 ? 20 << 10 : 500, 8);
                    }
                } catch (IllegalStateException e) {
                    assertThat(e).hasMessageContaining("closed");
                }
            };
            Race.run(List.of(allocating, allocating, () -> {
                Race.await(() -> source.openBytes() > 100_000);
                arena.close();
            }));
            assertThat(source.openChunks()).isZero();
        }
    }
}
