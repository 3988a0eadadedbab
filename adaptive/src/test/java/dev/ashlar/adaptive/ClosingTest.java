package dev.ashlar.adaptive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.adaptive.Adaptive.Housekeeping;
import dev.ashlar.api.PoolStats;
import dev.ashlar.api.Retention;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.testkit.FaultySource;
import dev.ashlar.testkit.LeakLog;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Closing: everything that can be closed is closed once, whichever threads close or work at the same time. */
class ClosingTest {

    private final FaultySource source = new FaultySource();

    @AfterEach
    void close() {
        source.close();
    }

    /** A source with chunks that cannot be closed, as if a foreign call used them. */
    private final class BusySource implements MemorySource {

        private final List<MemorySegment> busy = new ArrayList<>();

        @Override
        public String name() {
            return source.name();
        }

        @Override
        public @Nullable Chunk take(long byteSize, long byteAlignment) {
            Chunk chunk = source.take(byteSize, byteAlignment);
            return chunk == null ? null : new BusyChunk(this, chunk);
        }
    }

    private record BusyChunk(BusySource of, MemorySource.Chunk chunk) implements MemorySource.Chunk {

        @Override
        public MemorySegment memory() {
            return chunk.memory();
        }

        @Override
        public void close() {
            if (of.busy.stream()
                    .anyMatch(block -> block.asOverlappingSlice(memory()).isPresent())) {
                throw new IllegalStateException("busy");
            }
            chunk.close();
        }
    }

    private static AdaptiveAllocator open(MemorySource from) {
        return Adaptive.builder().source(from).housekeeping(Housekeeping.MANUAL).build();
    }

    @ParameterizedTest
    @ValueSource(longs = {100, 30_000, 200_000})
    void mustCloseAllButTheChunkThatIsBusyAndThatOneWhenClosedAgain(long byteSize) {
        BusySource busy = new BusySource();
        AdaptiveAllocator allocator = open(busy);
        List<MemorySegment> others = new ArrayList<>(allocator.allocateAll(1_000, 8, 2_000));
        others.addAll(allocator.allocateAll(100_000, 8, 3));
        MemorySegment block = allocator.allocate(byteSize, 8);
        others.addAll(allocator.allocateAll(100_000, 8, 3));
        busy.busy.add(block);

        assertThatIllegalStateException().isThrownBy(allocator::close).withMessageContaining("busy");

        assertThat(source.openChunks()).isEqualTo(1);
        assertThat(others.getLast().scope().isAlive()).isFalse();
        block.get(ValueLayout.JAVA_BYTE, 0);
        assertThatIllegalStateException().isThrownBy(() -> allocator.allocate(8, 8));
        assertThatIllegalStateException().isThrownBy(() -> allocator.free(block));
        assertThatIllegalStateException().as("closed again").isThrownBy(allocator::close);
        busy.busy.clear();
        allocator.close();
        assertThat(source.openChunks()).isZero();
        assertThat(source.misuses()).isEmpty();
        allocator.close();
    }

    @Test
    void mustNotBeDisturbedByAnotherThreadThatCloses() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            for (int round = 0; round < 200; round++) {
                AdaptiveAllocator allocator = open(source);
                allocator.allocateAll(1_000, 8, 20);
                allocator.allocate(100_000, 8);
                CyclicBarrier start = new CyclicBarrier(2);
                List<Future<?>> closings = new ArrayList<>();
                for (int i = 0; i < 2; i++) {
                    closings.add(threads.submit(() -> {
                        start.await();
                        allocator.close();
                        assertThat(source.openChunks()).isZero();
                        return null;
                    }));
                }
                for (Future<?> closing : closings) {
                    closing.get(10, TimeUnit.SECONDS);
                }
            }
        }
        assertThat(source.misuses()).isEmpty();
    }

    @Test
    void mustNotReturnWhileAnotherThreadIsStillClosing() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch going = new CountDownLatch(1);
        AdaptiveAllocator allocator = open(new SlowSource(source, entered, going));
        allocator.allocate(100_000, 8);
        Thread first = Thread.ofPlatform().start(allocator::close);
        entered.await();
        Thread second = Thread.ofPlatform().start(allocator::close);
        while (second.getState() == Thread.State.RUNNABLE || second.getState() == Thread.State.NEW) {
            Thread.onSpinWait();
        }

        assertThat(second.isAlive()).isTrue();
        going.countDown();
        first.join();
        second.join();
        assertThat(source.openChunks()).isZero();
        assertThat(source.misuses()).isEmpty();
    }

    /** Makes a thread wait that returns a chunk. */
    private record SlowSource(FaultySource source, CountDownLatch entered, CountDownLatch going)
            implements MemorySource {

        @Override
        public String name() {
            return source.name();
        }

        @Override
        public @Nullable Chunk take(long byteSize, long byteAlignment) {
            Chunk chunk = source.take(byteSize, byteAlignment);
            return chunk == null ? null : new SlowChunk(this, chunk);
        }
    }

    private record SlowChunk(SlowSource of, MemorySource.Chunk chunk) implements MemorySource.Chunk {

        @Override
        public MemorySegment memory() {
            return chunk.memory();
        }

        @Override
        public void close() {
            of.entered.countDown();
            assertThatCode(of.going::await).doesNotThrowAnyException();
            chunk.close();
        }
    }

    @Test
    void mustSayHowManyBlocksAreLiveOfEverySize() {
        AdaptiveAllocator allocator = open(source);
        allocator.allocate(200_000, 8);
        try (LeakLog log = new LeakLog()) {
            allocator.close();
            assertThat(log.messages()).singleElement().asString().contains("1 live block of 200000 bytes");
            allocator.close();
            assertThat(log.messages()).hasSize(1);
        }
    }

    @Test
    void mustNotWaitForAPressureListener() throws Exception {
        AdaptiveAllocator allocator = Adaptive.builder()
                .source(source)
                .limit(4 << 20)
                .softLimit(0.1)
                .housekeeping(Housekeeping.MANUAL)
                .build();
        allocator.allocateAll(60_000, 8, 20);
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        allocator.addPressureListener(wanted -> {
            asked.countDown();
            assertThatCode(closed::await).doesNotThrowAnyException();
        });
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            Future<?> pass = threads.submit(allocator::housekeep);
            assertThat(asked.await(10, TimeUnit.SECONDS)).isTrue();
            Future<?> resizing = threads.submit(() -> {
                allocator.as(Retention.class).orElseThrow().retain(1 << 20);
                allocator.close();
            });
            try {
                resizing.get(10, TimeUnit.SECONDS);
            } finally {
                closed.countDown();
            }
            assertThatCode(() -> pass.get(10, TimeUnit.SECONDS)).hasCauseInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void mustNotWaitForADestroyerOfAPool() throws Exception {
        HandClock clock = new HandClock();
        AdaptiveAllocator allocator = Adaptive.builder()
                .source(source)
                .housekeeping(Housekeeping.MANUAL)
                .clock(clock)
                .build();
        CountDownLatch resizing = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        FixedPool pool = new FixedPool();
        pool.stats = new PoolStats(0, 50, 500, 1_000, 950, 0, 500);
        pool.whenResized = () -> {
            resizing.countDown();
            assertThatCode(closed::await).doesNotThrowAnyException();
        };
        allocator.watchPool("buffers", pool);
        allocator.housekeep();
        clock.advance(Duration.ofMinutes(2));
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            Future<?> pass = threads.submit(allocator::housekeep);
            assertThat(resizing.await(10, TimeUnit.SECONDS)).isTrue();
            Future<?> closing = threads.submit(() -> {
                allocator.housekeep();
                allocator.as(Retention.class).orElseThrow().retain(1 << 20);
                allocator.close();
            });
            try {
                closing.get(10, TimeUnit.SECONDS);
            } finally {
                closed.countDown();
            }
            assertThatCode(() -> pass.get(10, TimeUnit.SECONDS)).hasCauseInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void mustSayWhichMemoryIsLostWithAnAllocatorThatNobodyClosed() throws Exception {
        try (LeakLog log = new LeakLog()) {
            forget();
            for (int i = 0; i < 100 && log.dropped().isEmpty(); i++) {
                System.gc();
                Thread.sleep(20);
            }
            assertThat(log.dropped())
                    .singleElement()
                    .asString()
                    .contains("65520 bytes"); // 15 pages and what is added to align them
        }
        try (LeakLog log = new LeakLog()) {
            open(source).close();
            System.gc();
            assertThat(log.dropped()).isEmpty();
        }
    }

    /** With a listener that refers to the allocator, which must still be collected. */
    private void forget() {
        AdaptiveAllocator allocator = open(source);
        allocator.addListener(event -> allocator.stats());
        allocator.allocate(64, 8);
    }
}
