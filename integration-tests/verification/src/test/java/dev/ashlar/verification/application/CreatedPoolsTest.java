package dev.ashlar.verification.application;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.AllocatorEvent.RetentionChanged;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.testkit.FaultySource;
import dev.ashlar.testkit.LeakLog;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pools that the adaptive allocator makes with the installed provider. */
class CreatedPoolsTest {

    private final HandDriven driven = new HandDriven(Adaptive.builder());
    private final FaultySource source = driven.source;
    private final AdaptiveAllocator allocator = driven.allocator;

    @AfterEach
    void close() {
        driven.close();
    }

    /** Objects that each hold a block. */
    private PoolConfig.Builder<MemorySegment> buffers() {
        return PoolConfig.builder(() -> allocator.allocate(512, 8)).destroyer(allocator::free);
    }

    @Test
    void mustDestroyObjectsBeforeTheirMemoryGoesBack() {
        Pool<MemorySegment> pool =
                allocator.createPool("buffers", buffers().initialSize(10).build());
        pool.release(pool.acquire());

        allocator.close();

        assertThat(source.misuses()).isEmpty();
        assertThat(source.openBytes()).isZero();
        assertThat(pool.stats().discarded()).isEqualTo(10);
        assertThatIllegalStateException().isThrownBy(pool::acquire);
        assertThatIllegalStateException().isThrownBy(() -> allocator.createPool("late", PoolConfig.of(Object::new)));
    }

    private AdaptiveAllocator hardened(String level) {
        return AdaptiveAllocator.create(AllocatorConfig.builder()
                .source(source)
                .properties(Map.of(
                        "ashlar.hardening", level, "ashlar.tracking", "all", "ashlar.adaptive.housekeeping", "manual"))
                .build());
    }

    @ParameterizedTest
    @ValueSource(strings = {"sizes", "canaries", "full"})
    void mustLetDestroyersFreeThroughDecorations(String level) {
        AdaptiveAllocator decorated = hardened(level);
        decorated.createPool(
                "buffers",
                PoolConfig.builder(() -> decorated.allocate(512, 8))
                        .destroyer(decorated::free)
                        .initialSize(10)
                        .build());
        try (LeakLog log = new LeakLog()) {
            decorated.close();

            assertThat(log.messages()).isEmpty();
        }
        assertThat(decorated.stats().liveBlocks()).isZero();
        assertThat(source.openBytes()).isZero();
    }

    @Test
    void mustLetDestroyersFreeBatches() {
        allocator.createPool(
                "batches",
                PoolConfig.builder(() -> allocator.allocateAll(512, 8, 3))
                        .destroyer(allocator::freeAll)
                        .initialSize(10)
                        .build());
        try (LeakLog log = new LeakLog()) {
            allocator.close();

            assertThat(log.messages()).isEmpty();
        }
        assertThat(source.openBytes()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"off", "full"})
    void mustStayOpenWhileTheAllocatorIsHeld(String level) {
        try (AdaptiveAllocator held = hardened(level)) {
            Pool<MemorySegment> pool = held.createPool(
                    "buffers",
                    PoolConfig.builder(() -> held.allocate(512, 8))
                            .destroyer(held::free)
                            .build());
            try (Arena _ = Allocators.arena(held)) {
                assertThatIllegalStateException().isThrownBy(held::close);

                assertThat(pool.isClosed()).isFalse();
                pool.release(pool.acquire());
            }
        }
    }

    @Test
    void mustBeClosedBeforeTheMemoryIsReleasedByAnyThread() throws Exception {
        CountDownLatch destroying = new CountDownLatch(1);
        CountDownLatch going = new CountDownLatch(1);
        List<Throwable> failures = new ArrayList<>();
        allocator.createPool(
                "buffers",
                buffers()
                        .destroyer(block -> {
                            destroying.countDown();
                            assertThatCode(going::await).doesNotThrowAnyException();
                            try {
                                allocator.free(block);
                            } catch (RuntimeException e) {
                                failures.add(e);
                            }
                        })
                        .initialSize(1)
                        .build());
        Thread first = Thread.ofPlatform().start(allocator::close);
        destroying.await();
        Thread second = Thread.ofPlatform().start(allocator::close);
        while (second.getState() != Thread.State.WAITING && second.isAlive()) {
            Thread.onSpinWait();
        }
        boolean isReleased = source.openBytes() == 0;
        going.countDown();
        first.join();
        second.join();

        assertThat(isReleased).isFalse();
        assertThat(failures).isEmpty();
        assertThat(source.openBytes()).isZero();
        assertThat(source.misuses()).isEmpty();
    }

    @Test
    void mustBeClosedBeforeTheMemoryIsReleasedByADestroyer() {
        AtomicInteger freed = new AtomicInteger();
        allocator.createPool(
                "buffers",
                buffers()
                        .destroyer(block -> {
                            allocator.close();
                            allocator.free(block);
                            freed.incrementAndGet();
                        })
                        .initialSize(3)
                        .build());
        allocator.close();

        assertThat(freed).hasValue(3);
        assertThat(source.openBytes()).isZero();
    }

    @Test
    void mustRaiseTheBoundOfAPoolThatMissesOften() {
        List<RetentionChanged> resized = new ArrayList<>();
        allocator.addListener(event -> {
            if (event instanceof RetentionChanged one) {
                resized.add(one);
            }
        });
        Pool<MemorySegment> pool =
                allocator.createPool("buffers", buffers().maxIdle(10).build());
        for (int pass = 0; pass < 120; pass++) {
            List<MemorySegment> acquired = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                acquired.add(pool.acquire());
            }
            acquired.forEach(pool::release);
            driven.tick();
        }

        assertThat(pool.maxIdle()).isGreaterThan(10);
        assertThat(resized).anyMatch(event -> event.what().equals("pool buffers") && event.to() == pool.maxIdle());
        assertThat(allocator.report().pools().get("buffers").maxIdle()).isEqualTo(pool.maxIdle());
    }

    @Test
    void mustMakeNothingForANameThatIsTaken() {
        AtomicInteger made = new AtomicInteger();
        allocator.createPool("buffers", buffers().build());

        assertThatIllegalArgumentException()
                .isThrownBy(() -> allocator.createPool(
                        "buffers",
                        PoolConfig.builder(made::incrementAndGet).initialSize(1).build()))
                .withMessageContaining("buffers");
        assertThat(made).hasValue(0);
    }

    @Test
    void mustGiveTheNameOfAPoolThatIsClosedToAnother() {
        allocator.createPool("buffers", buffers().initialSize(3).build()).close();

        Pool<MemorySegment> next =
                allocator.createPool("buffers", buffers().maxIdle(7).build());

        assertThat(allocator.report().pools().get("buffers").maxIdle()).isEqualTo(7);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> allocator.createPool("buffers", buffers().build()));
        allocator.close();
        assertThatIllegalStateException().isThrownBy(next::acquire);
    }

    @Test
    void mustForgetAPoolThatIsClosed() throws InterruptedException {
        WeakReference<Pool<MemorySegment>> closed = new WeakReference<>(closedPool());

        driven.tick();

        assertThat(allocator.report().pools()).isEmpty();
        for (int i = 0; i < 100 && closed.get() != null; i++) {
            System.gc();
            Thread.sleep(20);
        }
        assertThat(closed.get()).isNull();
    }

    private Pool<MemorySegment> closedPool() {
        Pool<MemorySegment> pool =
                allocator.createPool("buffers", buffers().initialSize(3).build());
        pool.close();
        return pool;
    }

    @Test
    void mustKeepWhatIsUsedInBurstsThatNoPassSees() {
        Pool<MemorySegment> pool = allocator.createPool(
                "buffers", buffers().maxIdle(1_000).initialSize(500).build());
        for (int second = 0; second < 300; second++) {
            burst(pool);
            driven.tick();
            assertThat(pool.maxIdle()).as("in second %d", second).isGreaterThanOrEqualTo(500);
        }

        assertThat(pool.stats().created()).isEqualTo(500);
    }

    @Test
    void mustGiveBackAtOnceWhatBurstsMissedWhenItWasGone() {
        Pool<MemorySegment> pool = allocator.createPool(
                "buffers", buffers().maxIdle(1_000).initialSize(500).build());
        for (int second = 0; second < 300; second++) {
            burst(pool);
            burst(pool); // more acquires than objects, which does not show how many at once
            driven.tick();
        }

        assertThat(pool.maxIdle()).isGreaterThanOrEqualTo(500);
        assertThat(pool.stats().created()).as("in five minutes").isLessThan(2_500);
    }

    @Test
    void mustDiscardObjectsThatAreIdleForLongerThanTheirPoolKeepsThem() {
        AtomicLong nanos = new AtomicLong();
        Pool<MemorySegment> pool = allocator.createPool(
                "buffers",
                buffers()
                        .initialSize(5)
                        .idleInterval(Duration.ofSeconds(10))
                        .clock(nanos::get)
                        .build());
        for (int second = 0; second < 30; second++) {
            nanos.addAndGet(Duration.ofSeconds(1).toNanos());
            driven.tick();
        }

        assertThat(pool.stats().idle()).isZero();
        assertThat(allocator.stats().liveBlocks()).isZero();
    }

    private static void burst(Pool<MemorySegment> pool) {
        List<MemorySegment> acquired = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            acquired.add(pool.acquire());
        }
        acquired.forEach(pool::release);
    }
}
