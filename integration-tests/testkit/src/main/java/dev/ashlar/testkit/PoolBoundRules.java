package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ashlar.api.Lease;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolExhaustedException;
import dev.ashlar.api.PoolStats;
import dev.ashlar.testkit.TestThread.Kind;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Rule 4 of pools: bounds on live and idle objects, and waiting for them. */
interface PoolBoundRules extends PoolUnderTestFactory {

    /** A time so long that a test that really waits for it has failed. */
    Duration FOREVER = Duration.ofDays(1);

    @Test
    default void rule04_mustRefuseMoreLiveObjectsThanTheBound() {
        try (PoolUnderTest subject = pool(builder -> builder.maxLive(3))) {
            List<PooledObject> objects = subject.acquireMany(3);
            for (int i = 0; i < 3; i++) {
                PoolExhaustedException refusal = assertThatExceptionOfType(PoolExhaustedException.class)
                        .isThrownBy(() -> subject.pool().acquire())
                        .actual();
                assertThat(refusal.maxLive()).isEqualTo(3);
                assertThat(subject.pool().tryAcquire()).isNull();
                assertThatExceptionOfType(PoolExhaustedException.class)
                        .isThrownBy(() -> subject.pool().lease());
                for (Duration none : List.of(Duration.ZERO, Duration.ofSeconds(-1), Duration.ofNanos(1))) {
                    assertThatExceptionOfType(PoolExhaustedException.class)
                            .isThrownBy(() -> subject.pool().acquire(none));
                }
                PoolStatisticsRules.assertEqualCounts(subject, 3);
                subject.release(objects.get(i));
                objects.set(i, subject.acquire());
            }
        }
    }

    @Test
    default void rule04_mustLeaseAsItAcquires() throws InterruptedException {
        try (PoolUnderTest subject = pool(builder -> builder.maxLive(1));
                TestThread waiting = TestThread.platform()) {
            Lease<PooledObject> lease = Objects.requireNonNull(subject.pool().tryLease(), "the first lease");
            assertThat(subject.pool().tryLease()).as("a lease beyond the bound").isNull();
            assertThatExceptionOfType(PoolExhaustedException.class)
                    .isThrownBy(() -> subject.pool().lease(Duration.ZERO));
            Future<Lease<PooledObject>> leased =
                    waiting.start(() -> subject.pool().lease(FOREVER));
            waiting.awaitIdle();
            lease.close();
            waiting.await(leased).close();
            subject.pool().lease(Duration.ZERO).close();
            assertThat(subject.made()).hasSize(1);
            assertThat(subject.pool().stats()).isEqualTo(new PoolStats(1, 0, 1, 3, 3, 0, 1));
        }
    }

    @Test
    default void rule04_mustTakeATimeOfAnyLength() throws InterruptedException {
        Duration longest = Duration.ofSeconds(Long.MAX_VALUE, 999_999_999);
        Duration shortest = Duration.ofSeconds(Long.MIN_VALUE);
        try (PoolUnderTest subject = pool(builder -> builder.maxLive(1));
                TestThread waiting = TestThread.platform()) {
            PooledObject object = subject.acquire(shortest); // no thread has to wait
            assertThatExceptionOfType(PoolExhaustedException.class)
                    .isThrownBy(() -> subject.pool().acquire(shortest));
            Future<PooledObject> acquired = waiting.start(() -> subject.acquire(longest));
            waiting.awaitIdle();
            subject.release(object);
            assertThat(waiting.await(acquired)).isSameAs(object);
        }
    }

    @Test
    default void rule04_mustKeepNoMoreIdleObjectsThanTheBound() {
        try (PoolUnderTest subject = pool(builder -> builder.maxIdle(4))) {
            subject.releaseMany(subject.acquireMany(10));
            assertThat(subject.destroyed()).isEqualTo(6);
            assertThat(subject.pool().stats().idle()).isEqualTo(4);
            PoolStatisticsRules.assertEqualCounts(subject, 0);
        }
    }

    @Test
    default void rule04_mustKeepAnyNumberOfIdleObjectsWhereThereIsNoBound() {
        try (PoolUnderTest subject = pool(builder -> builder)) {
            subject.releaseMany(subject.acquireMany(500));
            assertThat(subject.destroyed()).isZero();
            assertThat(subject.pool().maxIdle()).isEqualTo(Pool.UNBOUNDED);
        }
    }

    @Test
    default void rule04_mustKeepNoIdleObjectWhereTheBoundIsZero() {
        try (PoolUnderTest subject = pool(builder -> builder.maxIdle(0))) {
            subject.releaseMany(subject.acquireMany(20));
            assertThat(subject.destroyed()).isEqualTo(20);
            subject.pool().setMaxIdle(3);
            subject.releaseMany(subject.acquireMany(20));
            assertThat(subject.made().size() - subject.destroyed()).as("idle").isEqualTo(3);
            subject.pool().setMaxIdle(0);
            assertThat(subject.made().size() - subject.destroyed()).as("idle").isZero();
            PoolStatisticsRules.assertEqualCounts(subject, 0);
        }
    }

    @Test
    default void rule04_mustFollowAChangeOfItsBound() {
        try (PoolUnderTest subject = pool(builder -> builder.maxIdle(10))) {
            List<PooledObject> objects = subject.acquireMany(10);
            subject.releaseMany(objects.subList(0, 8));
            subject.pool().setMaxIdle(3);
            assertThat(subject.pool().maxIdle()).isEqualTo(3);
            subject.releaseMany(objects.subList(8, 10));
            assertThat(subject.made().size() - subject.destroyed()).as("idle").isEqualTo(3);
            subject.pool().setMaxIdle(5);
            subject.releaseMany(subject.acquireMany(7));
            assertThat(subject.made().size() - subject.destroyed()).as("idle").isEqualTo(5);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> subject.pool().setMaxIdle(-1))
                    .withMessageContaining("-1");
            assertThat(subject.pool().maxIdle()).isEqualTo(5);
            PoolStatisticsRules.assertEqualCounts(subject, 0);
        }
    }

    @Test
    default void rule04_mustKeepTheBoundWhenManyThreadsAskAtOnce() {
        try (PoolUnderTest subject = pool(builder -> builder.maxLive(5).maxIdle(3))) {
            AtomicInteger live = new AtomicInteger();
            TestThread.together(Kind.PLATFORM, 4, number -> {
                for (int i = 0; i < TestLength.of(5_000, 500_000); i++) {
                    PooledObject object = subject.tryAcquire();
                    if (object != null) {
                        if (live.incrementAndGet() > 5) {
                            throw new AssertionError("rule 4: more than 5 are live");
                        }
                        live.decrementAndGet();
                        subject.release(object);
                    }
                }
            });
            assertThat(subject.acquireMany(5)).as("no place was lost").hasSize(5);
            assertThat(subject.pool().tryAcquire()).isNull();
        }
    }

    @Test
    default void rule04_mustGiveAWaitingCallerWhatIsReleased() {
        for (Kind kind : Kind.values()) {
            try (PoolUnderTest subject = pool(builder -> builder.maxLive(1));
                    TestThread waiting = new TestThread(kind)) {
                PooledObject object = subject.acquire();
                Future<PooledObject> acquired = waiting.start(() -> subject.acquire(FOREVER));
                waiting.awaitIdle();
                subject.release(object);
                assertThat(waiting.await(acquired)).isSameAs(object);
            }
        }
    }

    @Test
    default void rule04_mustGiveAWaitingCallerANewObjectWhenTheReleasedOneIsBad() {
        for (boolean resetFails : new boolean[] {false, true}) {
            try (PoolUnderTest subject = pool(builder -> builder.maxLive(1));
                    TestThread waiting = TestThread.platform()) {
                PooledObject bad = subject.acquire();
                Future<PooledObject> acquired = waiting.start(() -> subject.acquire(FOREVER));
                waiting.awaitIdle();
                try {
                    subject.release(resetFails ? bad.failReset() : bad.invalidate());
                } catch (PooledObject.PlannedFailure e) {
                    // told, which is allowed
                }
                assertThat(waiting.await(acquired)).isNotSameAs(bad);
            }
        }
    }

    @Test
    default void rule04_mustWakeTheNextCallerWhenTheFactoryFailsForTheFirst() {
        try (PoolUnderTest subject = pool(builder -> builder.maxLive(1));
                TestThread first = TestThread.platform();
                TestThread second = TestThread.platform()) {
            PooledObject bad = subject.acquire().invalidate();
            Future<Boolean> failed = first.start(() -> acquireOrFail(subject));
            first.awaitIdle();
            Future<Boolean> alsoFailed = second.start(() -> acquireOrFail(subject));
            second.awaitIdle();
            subject.failFactory(true);
            subject.release(bad);
            assertThat(first.await(failed)).as("the first got an object").isFalse();
            assertThat(second.await(alsoFailed)).as("the second got an object").isFalse();
            PoolStatisticsRules.assertEqualCounts(subject, 0);
        }
    }

    private static boolean acquireOrFail(PoolUnderTest subject) throws InterruptedException {
        try {
            subject.acquire(FOREVER);
            return true;
        } catch (PooledObject.PlannedFailure e) {
            return false;
        }
    }

    @Test
    default void rule04_mustLetAWaitingCallerBeInterrupted() {
        try (PoolUnderTest subject = pool(builder -> builder.maxLive(1));
                TestThread waiting = TestThread.platform()) {
            PooledObject object = subject.acquire();
            Future<Boolean> interrupted = waiting.start(() -> {
                try {
                    subject.pool().acquire(FOREVER);
                    return false;
                } catch (InterruptedException e) {
                    return true;
                }
            });
            waiting.awaitIdle();
            waiting.interrupt();
            assertThat(waiting.await(interrupted)).as("interrupted").isTrue();
            subject.release(object);
            subject.release(subject.acquire()); // the place was not kept for the one that is gone
            PoolStatisticsRules.assertEqualCounts(subject, 0);
        }
    }

    @Test
    default void rule04_mustLoseNoWaitingCaller() {
        for (Kind kind : Kind.values()) {
            try (PoolUnderTest subject = pool(builder -> builder.maxLive(2).maxIdle(1))) {
                int threads = kind == Kind.PLATFORM ? 4 : 50;
                int operations = TestLength.of(4_000, 200_000) / threads;
                TestThread.together(kind, threads, number -> {
                    for (int i = 0; i < operations; i++) {
                        subject.release(subject.acquire(FOREVER));
                    }
                });
                PoolStatisticsRules.assertEqualCounts(subject, 0);
            }
        }
    }

    @Test
    default void rule04_mustLetGoOfWhatIsIdleTooLong() throws InterruptedException {
        try (PoolUnderTest subject = pool(builder -> builder.idleInterval(Duration.ofMillis(5)))) {
            subject.releaseMany(subject.acquireMany(5));
            long until = System.nanoTime() + TestThread.patience().toNanos();
            while (subject.destroyed() < 4 && System.nanoTime() < until) {
                Thread.sleep(2);
                subject.release(subject.acquire()); // in case the pool cleans up only when it is used
            }
            assertThat(subject.destroyed()).as("idle objects destroyed").isGreaterThanOrEqualTo(4);
            subject.releaseMany(subject.acquireMany(5));
        }
    }
}
