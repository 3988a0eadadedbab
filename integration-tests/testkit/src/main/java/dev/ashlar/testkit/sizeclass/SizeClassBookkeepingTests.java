package dev.ashlar.testkit.sizeclass;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Confinable;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.FaultySource;
import dev.ashlar.testkit.Race;
import dev.ashlar.testkit.TestLength;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntUnaryOperator;
import javax.management.JMException;
import org.junit.jupiter.api.Test;

/** The figures of strategies with size classes, and the memory of their bookkeeping. */
public abstract class SizeClassBookkeepingTests {

    /** Sixteen leaves of the map from addresses: chunks that lie elsewhere may need more of them. */
    private static final long LEAVES = 16 << 10;

    /** For subclasses. */
    protected SizeClassBookkeepingTests() {}

    /** The provider of the strategy. */
    protected abstract AllocatorProvider provider();

    /** Slabs and chunks are made and released during the life of an allocator. Their bookkeeping must not remain. */
    @Test
    void mustKeepNothingOfSlabsAndChunksThatAreGone() {
        AllocatorConfig config = AllocatorConfig.builder()
                .source(FaultySource.withoutPadding())
                .limitBytes(8 << 20)
                .build();
        try (Allocator allocator = provider().create(config)) {
            long first = 0;
            for (int round = 0; round < TestLength.of(200, 20_000); round++) {
                List<MemorySegment> blocks = new ArrayList<>();
                for (int i = 0; i < 8_050; i++) {
                    blocks.add(allocator.allocate(1000, 8));
                }
                long metadata = allocator.stats().metadataBytes();
                first = first == 0 ? metadata : first;
                assertThat(metadata)
                        .as("bytes of bookkeeping in round %d", round)
                        .isLessThanOrEqualTo(first + first / 10 + LEAVES);
                blocks.forEach(allocator::free);
            }
        }
    }

    /** The sizes of slabs, and of the lists of slabs, follow the load up and down. */
    @Test
    void mustBoundBookkeepingByWhatIsCommittedWhicheverSizesComeAndGo() {
        try (Allocator allocator = provider().create(AllocatorConfig.defaults())) {
            MemorySegment guard = allocator.allocate(64, 8);
            long last = 0;
            for (int round = 0; round < TestLength.of(10, 200); round++) {
                for (int byteSize = 16; byteSize <= 65_536; byteSize += byteSize / 4) {
                    List<MemorySegment> blocks = new ArrayList<>();
                    for (int i = 0; i < Math.max(10, 200_000 / byteSize); i++) {
                        blocks.add(allocator.allocate(byteSize, 8));
                    }
                    blocks.forEach(allocator::free);
                }
                long metadata = allocator.stats().metadataBytes();
                if (round > 2) {
                    assertThat(metadata)
                            .as("bytes of bookkeeping after round %d", round)
                            .isLessThanOrEqualTo(last + last / 10 + LEAVES);
                } else {
                    last = metadata;
                }
            }
            allocator.free(guard);
        }
    }

    private record Load(String name, int blocks, IntUnaryOperator byteSize) {}

    /** The growth of the heap by its histogram, compared with the figure of the allocator. */
    @Test
    void mustTellWhatItsBookkeepingTakesWithinTenPerCent() throws JMException {
        List<Load> loads = List.of(
                new Load("64 bytes", 400_000, i -> 64),
                new Load("1,000 bytes", 40_000, i -> 1000),
                new Load("4,096 bytes", 10_000, i -> 4096),
                new Load("30,000 bytes", 2_000, i -> 30_000),
                new Load("100,000 bytes", 300, i -> 100_000),
                new Load("sizes to 8,000 bytes", 60_000, i -> i * 31 % 8_000));
        long[] addresses = new long[400_000];
        HeapHistogram histogram = new HeapHistogram();
        measure(
                loads.getFirst(),
                addresses,
                histogram,
                SizeClassBookkeepingTests::mustBeSane); // so that every class is loaded, and every call is linked
        for (Load load : loads) {
            measure(load, addresses, histogram, SizeClassBookkeepingTests::mustBeNear);
        }
    }

    private void measure(Load load, long[] addresses, HeapHistogram histogram, Expectation expectation)
            throws JMException {
        histogram.begin();
        try (Allocator allocator = provider().create(AllocatorConfig.defaults())) {
            AddressAllocator raw = allocator.as(AddressAllocator.class).orElseThrow();
            for (int i = 0; i < load.blocks; i++) {
                addresses[i] = raw.allocateAddress(load.byteSize.applyAsInt(i), 8);
            }
            expectation.check(load.name, allocator.stats().metadataBytes(), histogram.more());
            for (int i = 0; i < load.blocks; i++) {
                raw.freeAddress(addresses[i], load.byteSize.applyAsInt(i));
            }
            allocator.trim();
            expectation.check(load.name + ", all freed", allocator.stats().metadataBytes(), histogram.more());
        }
    }

    private interface Expectation {
        void check(String load, long told, Map<String, Long> more);
    }

    private static void mustBeSane(String load, long told, Map<String, Long> more) {
        assertThat(told).as("%s: bytes of %s", load, more).isBetween(1L, Long.MAX_VALUE);
    }

    private static void mustBeNear(String load, long told, Map<String, Long> more) {
        long found = more.values().stream().mapToLong(Long::longValue).sum();
        assertThat(told)
                .as("%s: bytes of bookkeeping, where the heap has %d more, of %s", load, found, more)
                .isBetween(found * 9 / 10 - 4_096, found * 11 / 10 + 4_096);
    }

    /** When a thread ends, its counts are added to a sum. A reader must see them exactly once. */
    @Test
    void mustNeverTellOfFewerAllocationsThanBeforeWhileThreadsComeAndGo() {
        try (Allocator allocator = provider().create(AllocatorConfig.defaults())) {
            int perThread = 500;
            int guards = 3;
            for (int i = 0; i < guards; i++) {
                allocator.allocate(64, 8);
            }
            AtomicLong begun = new AtomicLong();
            AtomicLong ended = new AtomicLong();
            AtomicBoolean done = new AtomicBoolean();
            List<Race.Task> tasks = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                int first = i;
                tasks.add(() -> {
                    for (int wave = TestLength.of(150, 10_000); wave > 0; wave--) {
                        Thread.Builder kind = (wave + first) % 3 == 0 ? Thread.ofVirtual() : Thread.ofPlatform();
                        Race.run(kind, Collections.nCopies(2, () -> {
                            begun.addAndGet(perThread);
                            for (int k = 0; k < perThread; k++) {
                                allocator.free(allocator.allocate(64, 8));
                            }
                            ended.addAndGet(perThread);
                        }));
                        if (wave % 10 == 0) {
                            allocator.trim();
                        }
                    }
                    done.set(true);
                });
            }
            tasks.add(() -> {
                AllocatorStats last = allocator.stats();
                while (!done.get() && !Thread.currentThread().isInterrupted()) {
                    long atLeast = ended.get();
                    AllocatorStats stats = allocator.stats();
                    assertThat(stats.allocations())
                            .isBetween(Math.max(atLeast, last.allocations()), begun.get() + guards);
                    assertThat(stats.frees()).isBetween(Math.max(0, last.frees()), begun.get());
                    assertThat(stats.misses()).isBetween(last.misses(), stats.allocations());
                    assertThat(stats.hits()).isNotNegative();
                    // If a free is counted without its allocation, the figure is below the blocks that are always live.
                    assertThat(stats.liveBlocks()).isGreaterThanOrEqualTo(guards);
                    assertThat(stats.requestedBytes()).isGreaterThanOrEqualTo(guards * 64L);
                    assertThat(stats.allocatedBytes()).isGreaterThanOrEqualTo(guards * 64L);
                    last = stats;
                }
            });
            Race.run(tasks);
            assertThat(allocator.stats().allocations()).isEqualTo(begun.get() + guards);
            assertThat(allocator.stats().liveBlocks()).isEqualTo(guards);
            assertThat(allocator.stats().requestedBytes()).isEqualTo(guards * 64L);
        }
    }

    /**
     * Many heaps are read between the two reads of one heap, while its thread allocates and frees many blocks. If the
     * allocations were read first, more blocks would seem freed than allocated.
     */
    @Test
    void mustNeverTellOfFewerLiveBlocksThanThereAreAtAnyTimeWhileAThreadAllocates() {
        try (Allocator allocator = provider().create(AllocatorConfig.defaults())) {
            int guards = 3;
            for (int i = 0; i < guards; i++) {
                allocator.allocate(64, 8);
            }
            int views = 300;
            CountDownLatch held = new CountDownLatch(views);
            CountDownLatch end = new CountDownLatch(1);
            AtomicBoolean done = new AtomicBoolean();
            List<Race.Task> tasks = new ArrayList<>();
            tasks.add(() -> Race.run(Thread.ofVirtual(), Collections.nCopies(views, () -> {
                try (Allocator view =
                        allocator.as(Confinable.class).orElseThrow().confined()) {
                    view.free(view.allocate(64, 8));
                    held.countDown();
                    end.await();
                }
            })));
            tasks.add(() -> {
                while (!done.get() && !Thread.currentThread().isInterrupted()) {
                    for (int i = 0; i < 1_000; i++) {
                        allocator.free(allocator.allocate(64, 8));
                    }
                }
            });
            tasks.add(() -> {
                try {
                    held.await();
                    for (int i = TestLength.of(2_000, 1_000_000); i > 0; i--) {
                        AllocatorStats stats = allocator.stats();
                        assertThat(stats.liveBlocks()).isGreaterThanOrEqualTo(guards);
                        assertThat(stats.requestedBytes()).isGreaterThanOrEqualTo(guards * 64L);
                        assertThat(stats.allocatedBytes()).isGreaterThanOrEqualTo(guards * 64L);
                    }
                } finally {
                    done.set(true);
                    end.countDown();
                }
            });
            Race.run(tasks);
            assertThat(allocator.stats().liveBlocks()).isEqualTo(guards);
        }
    }

    @Test
    void mustCountEveryAttemptToFreeWhatIsNotLiveOnce() {
        FaultySource source = FaultySource.withoutPadding();
        try (Allocator allocator =
                provider().create(AllocatorConfig.builder().source(source).build())) {
            MemorySegment block = allocator.allocate(64, 8);
            MemorySegment large = allocator.allocate(100_000, 8);
            List<Runnable> attempts = List.of(
                    () -> allocator.free(block.asSlice(8)),
                    () -> allocator.free(large.asSlice(8)),
                    () -> allocator.free(MemorySegment.NULL),
                    () -> allocator.resize(block.asSlice(16), 8),
                    () -> allocator.free(source.chunks().getFirst().asSlice(60_000)));
            int refused = 0;
            for (Runnable attempt : attempts) {
                try {
                    attempt.run();
                } catch (RuntimeException e) {
                    refused++;
                }
                assertThat(allocator.stats().invalidFrees()).isEqualTo(refused);
            }
            assertThat(refused).isEqualTo(attempts.size());
            allocator.free(block);
            allocator.free(large);
            assertThat(allocator.stats().frees()).isEqualTo(2);
        }
    }
}
