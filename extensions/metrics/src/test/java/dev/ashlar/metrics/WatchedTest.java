package dev.ashlar.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Registration;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.lockfree.LockFree;
import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

class WatchedTest {

    private static final List<Figure<Long>> COUNT = List.of(
            new Figure<>("count", Figure.Kind.COUNTER, "A count", Long::doubleValue),
            new Figure<>("now", Figure.Kind.NUMBER, "The same as it is", Long::doubleValue));

    private final HandClock clock = HandClock.standing();

    private Watched watch(Supplier<Long> source) {
        return Watched.of("thing", "main", source, COUNT).by(clock);
    }

    @Test
    void mustShowWhatAnAllocatorTells() {
        try (Allocator allocator = LockFree.builder().build()) {
            MemorySegment block = allocator.allocate(1000, 8);
            Watched watched = Watched.allocator("main", allocator);
            assertThat(watched.value("requestedBytes")).isEqualTo(1000);
            assertThat(watched.value("committedBytes"))
                    .isEqualTo((double) allocator.stats().committedBytes());
            assertThat(watched.value("committedOverRequested"))
                    .isEqualTo(allocator.stats().committedBytes() / 1000.0);
            assertThat(watched.value("utilisation")).isEqualTo(allocator.stats().utilisation());
            assertThat(watched.value("misses")).isEqualTo(1);
            assertThat(watched).hasToString("allocator 'main'");
            allocator.free(block);
        }
    }

    @Test
    void mustShowUsedAndLimitOfAnAllocatorThatHasALimit() {
        try (Allocator allocator = LockFree.builder().build()) {
            Allocator cache = Allocators.limited(allocator, 4096);
            MemorySegment block = cache.allocate(1000, 8);
            Watched watched = Watched.allocator("cache", cache);
            assertThat(watched.value("limitBytes")).isEqualTo(4096);
            assertThat(watched.value("usedBytes")).isBetween(1000.0, 1200.0);
            cache.free(block);
        }
    }

    @Test
    void mustTellWhichFiguresThereAre() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> watch(() -> 1L).value("counts"))
                .withMessageContaining("counts")
                .withMessageContaining("It has count, now.");
    }

    @Test
    void mustRefuseNamesThatNoToolTakes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Watched.of("a thing", "main", () -> 1L, COUNT))
                .withMessageContaining("type is 'a thing'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Figure<Long>("live-blocks", Figure.Kind.NUMBER, "", Long::doubleValue))
                .withMessageContaining("name is 'live-blocks'");
    }

    @Test
    void mustReadAllFiguresOfAMomentFromOneSnapshot() {
        AtomicLong snapshots = new AtomicLong();
        Watched watched = watch(snapshots::incrementAndGet);
        double first = watched.value("count");
        assertThat(watched.value("now")).isEqualTo(first);
        clock.advance();
        assertThat(watched.value("now")).isEqualTo(first + 1);
        assertThat(watched.value("count")).isEqualTo(first + 1);
    }

    @Test
    void mustNotLetACounterFall() {
        AtomicLong count = new AtomicLong(3000);
        Watched watched = watch(count::get);
        count.set(10);
        clock.advance();
        assertThat(watched.value("count")).isEqualTo(3000);
        assertThat(watched.value("now")).isEqualTo(10);
        count.set(3001);
        clock.advance();
        assertThat(watched.value("count")).isEqualTo(3001);
    }

    @Test
    void mustEndWhereverItIsShownWhenASnapshotFindsItsSourceClosed() {
        AtomicInteger ends = new AtomicInteger();
        AtomicLong count = new AtomicLong(1);
        Watched watched = watch(() -> {
            if (count.get() < 0) {
                throw new IllegalStateException("closed");
            }
            return count.get();
        });
        Registration one = watched.shown(ends::incrementAndGet);
        Registration other = watched.shown(ends::incrementAndGet);
        other.close();
        other.close();
        assertThat(ends).hasValue(1);
        count.set(-1);
        clock.advance();
        assertThat(watched.value("now")).isEqualTo(1);
        assertThat(ends).hasValue(2);
        one.close();
        assertThat(ends).hasValue(2);
        watched.shown(ends::incrementAndGet);
        assertThat(ends).as("shown after the end").hasValue(3);
    }

    @Test
    void mustKeepTheLastFiguresOfAnAllocatorThatIsClosedAndEndWithIt() {
        AtomicInteger ends = new AtomicInteger();
        Allocator allocator = LockFree.builder().build();
        Watched watched = Watched.allocator("main", allocator).by(clock);
        watched.shown(ends::incrementAndGet);
        allocator.free(allocator.allocate(64, 8));
        clock.advance();
        assertThat(watched.value("frees")).isEqualTo(1);
        allocator.close();
        clock.advance();
        assertThat(watched.value("frees")).isEqualTo(1);
        assertThat(watched.value("liveBlocks")).isZero();
        assertThat(ends).hasValue(1);
        watched.close();
        watched.close();
        assertThat(ends).hasValue(1);
        assertThat(watched.value("frees")).isEqualTo(1);
    }

    @Test
    void mustNotHoldWhatItHasWatched() {
        Allocator allocator = LockFree.builder().build();
        WeakReference<Allocator> held = new WeakReference<>(allocator);
        Watched watched = Watched.allocator("main", allocator);
        watched.close();
        allocator.close();
        allocator = null;
        for (int i = 0; i < 100 && held.get() != null; i++) {
            System.gc();
        }
        assertThat(held.get()).isNull();
        assertThat(watched.value("liveBlocks")).isZero();
    }

    @Test
    void mustShowTheLastFiguresWhileASnapshotFailsAndSaySoOnce() {
        List<String> said = new ArrayList<>();
        Logger log = Logger.getLogger("dev.ashlar.metrics");
        log.setUseParentHandlers(false);
        log.setFilter(line -> said.add(line.getMessage()));
        AtomicLong count = new AtomicLong(7);
        Watched watched = watch(() -> {
            if (count.get() < 0) {
                throw new UnsupportedOperationException("fails");
            }
            return count.get();
        });
        count.set(-1);
        for (int i = 0; i < 3; i++) {
            clock.advance();
            assertThat(watched.value("now")).isEqualTo(7);
        }
        assertThat(said).singleElement().asString().contains("thing 'main' cannot be read");
        count.set(9);
        clock.advance();
        assertThat(watched.value("now")).isEqualTo(9);
        log.setFilter(null);
        log.setUseParentHandlers(true);
    }

    @Test
    void mustNotWaitForAThreadThatTakesASnapshot() throws InterruptedException {
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch read = new CountDownLatch(1);
        AtomicLong snapshots = new AtomicLong();
        Watched watched = watch(() -> {
            if (snapshots.incrementAndGet() == 3) {
                reading.countDown();
                awaitQuietly(read);
            }
            return snapshots.get();
        });
        clock.advance();
        Thread slow = Thread.ofPlatform().start(() -> watched.value("now"));
        reading.await();
        clock.advance();
        assertThat(watched.value("now")).isEqualTo(2);
        read.countDown();
        slow.join();
        clock.advance();
        assertThat(watched.value("now")).isEqualTo(4);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
