package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ashlar.testkit.TestThread.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Rules 1 and 2 of pools: one caller at a time, and a reset between two callers. */
interface PoolObjectRules extends PoolUnderTestFactory {

    @Test
    default void rule01_mustHandAnObjectToOneCallerAtATime() {
        try (PoolUnderTest subject = pool()) {
            List<PooledObject> objects = subject.acquireMany(20); // each fails if it is held already
            assertThat(subject.made()).hasSize(20);
            subject.releaseMany(objects);
            subject.releaseMany(subject.acquireMany(20));
            assertThat(subject.made())
                    .as("objects made for twenty callers, twice")
                    .hasSize(20);
        }
    }

    @Test
    default void rule01_mustHandAnObjectToOneOfManyThreadsAtATime() {
        churnTogether(Kind.PLATFORM, 4, TestLength.of(10_000, 500_000));
    }

    @Test
    default void rule01_mustHandAnObjectToOneOfManyVirtualThreadsAtATime() {
        churnTogether(Kind.VIRTUAL, 100, TestLength.of(300, 10_000));
    }

    private void churnTogether(Kind kind, int threads, int operations) {
        try (PoolUnderTest subject = pool(builder -> builder.maxIdle(10).maxLive(30))) {
            long seed = Long.getLong("ashlar.seed", System.nanoTime());
            TestThread.together(kind, threads, number -> {
                Random random = new Random(seed + number);
                List<PooledObject> held = new ArrayList<>();
                for (int i = 0; i < operations; i++) {
                    if (held.size() < 5 && random.nextBoolean()) {
                        PooledObject object = subject.tryAcquire();
                        if (object != null) {
                            held.add(object);
                        }
                    } else if (!held.isEmpty()) {
                        PooledObject object = held.remove(random.nextInt(held.size()));
                        subject.release(random.nextInt(100) == 0 ? object.invalidate() : object);
                    }
                }
                subject.releaseMany(held);
            });
            assertThat(subject.made().stream().mapToLong(PooledObject::uses).sum())
                    .as("uses counted by the objects, whose count is not atomic (seed %d)", seed)
                    .isEqualTo(subject.acquired());
            assertThat(subject.made().size() - subject.destroyed())
                    .as("objects kept")
                    .isLessThanOrEqualTo(10);
            PoolStatisticsRules.assertEqualCounts(subject, 0);
        }
    }

    @Test
    default void rule01_mustLetAThreadReleaseWhatAnotherAcquired() {
        for (Kind kind : Kind.values()) {
            try (PoolUnderTest subject = pool();
                    TestThread other = new TestThread(kind)) {
                List<PooledObject> objects = subject.acquireMany(10);
                objects.forEach(PooledObject::letGo);
                other.run(() -> objects.forEach(subject.pool()::release));
                PoolStatisticsRules.assertEqualCounts(subject, 0);
                subject.releaseMany(subject.acquireMany(10));
                assertThat(subject.made().size())
                        .as("objects made")
                        .isLessThanOrEqualTo(10 + declaredLimits().keptPerThread());
            }
        }
    }

    @Test
    default void rule01_mustLetOthersHaveWhatAThreadReleased() {
        for (Kind kind : Kind.values()) {
            try (PoolUnderTest subject = pool()) {
                try (TestThread other = new TestThread(kind)) {
                    other.run(() -> subject.releaseMany(subject.acquireMany(50)));
                    subject.releaseMany(subject.acquireMany(50));
                    assertThat(subject.made().size())
                            .as("objects made while the thread that released fifty lives")
                            .isLessThanOrEqualTo(50 + declaredLimits().keptPerThread());
                }
                try (TestThread other = new TestThread(kind)) {
                    other.run(() -> subject.releaseMany(subject.acquireMany(50)));
                }
                long made = subject.made().size();
                subject.releaseMany(subject.acquireMany((int) made));
                assertThat(subject.made()).as("objects made after it has ended").hasSize((int) made);
            }
        }
    }

    @Test
    default void rule02_mustResetAnObjectWhenItIsReleased() {
        try (PoolUnderTest subject = pool()) {
            PooledObject object = subject.acquire();
            subject.release(object);
            assertThat(object.isUsed()).as("used, and not reset").isFalse();
            subject.release(subject.acquire());
            assertThat(subject.made()).hasSize(1);
        }
    }

    @Test
    default void rule02_mustDestroyAnObjectWhoseResetThrows() {
        try (PoolUnderTest subject = pool()) {
            PooledObject bad = subject.acquire().failReset();
            releaseIgnoringPlannedFailure(subject, bad);
            assertDiscarded(subject, bad);
        }
    }

    /** Whether the caller gets an exception is not defined. */
    private static void releaseIgnoringPlannedFailure(PoolUnderTest subject, PooledObject object) {
        try {
            subject.release(object);
        } catch (PooledObject.PlannedFailure e) {
            // told
        }
    }

    @Test
    default void rule02_mustDestroyAnObjectThatTheValidatorRefuses() {
        try (PoolUnderTest subject = pool()) {
            PooledObject bad = subject.acquire().invalidate();
            subject.release(bad);
            assertDiscarded(subject, bad);
        }
    }

    private static void assertDiscarded(PoolUnderTest subject, PooledObject bad) {
        assertThat(bad.destructions()).as("destructions").isEqualTo(1);
        assertThat(subject.pool().stats().discarded()).as("discarded").isEqualTo(1);
        assertThat(subject.acquire()).as("the next object").isNotSameAs(bad);
        PoolStatisticsRules.assertEqualCounts(subject, 1);
    }

    @Test
    default void rule02_mustLetAWaitingCallerIntoThePlaceOfADestroyedObject() throws InterruptedException {
        for (boolean resetFails : new boolean[] {false, true}) {
            try (PoolUnderTest subject = pool(builder -> builder.maxLive(1))) {
                PooledObject bad = subject.acquire();
                releaseIgnoringPlannedFailure(subject, resetFails ? bad.failReset() : bad.invalidate());
                subject.release(subject.acquire(Duration.ZERO));
                assertThat(subject.made()).hasSize(2);
            }
        }
    }

    @Test
    default void rule02_mustPassOnWhatTheFactoryThrows() {
        try (PoolUnderTest subject = pool(builder -> builder.maxLive(2))) {
            subject.failFactory(true);
            for (int i = 0; i < 5; i++) {
                assertThatExceptionOfType(PooledObject.PlannedFailure.class)
                        .isThrownBy(() -> subject.pool().acquire());
                assertThatExceptionOfType(PooledObject.PlannedFailure.class)
                        .isThrownBy(() -> subject.pool().tryAcquire());
                assertThatExceptionOfType(PooledObject.PlannedFailure.class)
                        .isThrownBy(() -> subject.pool().acquire(Duration.ZERO));
                assertThatExceptionOfType(PooledObject.PlannedFailure.class)
                        .isThrownBy(() -> subject.pool().lease());
            }
            PoolStatisticsRules.assertEqualCounts(subject, 0);
            subject.failFactory(false);
            subject.releaseMany(subject.acquireMany(2)); // no place of the two was lost
        }
    }

    @Test
    default void rule02_mustMakeTheFirstObjectsAhead() {
        try (PoolUnderTest subject = pool(builder -> builder.initialSize(7).maxIdle(9))) {
            assertThat(subject.made()).hasSize(7);
            assertThat(subject.pool().stats().idle()).isEqualTo(7);
            subject.releaseMany(subject.acquireMany(7));
            assertThat(subject.made()).hasSize(7);
            assertThat(subject.pool().stats().misses()).isZero();
        }
    }
}
