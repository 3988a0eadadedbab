package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig.Statistics;
import dev.ashlar.api.PoolListener;
import dev.ashlar.api.PoolListener.Operation;
import dev.ashlar.api.PoolStats;
import dev.ashlar.api.Registration;
import dev.ashlar.testkit.PooledObject.PlannedFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Figures and listeners of pools. */
interface PoolStatisticsRules extends PoolUnderTestFactory {

    /** Every figure that factory, destroyer and callers can tell, when the pool is quiet. */
    static void assertEqualCounts(PoolUnderTest subject, long live) {
        PoolStats stats = subject.pool().stats();
        long made = subject.made().size();
        assertThat(stats.created()).as("created").isEqualTo(made);
        assertThat(stats.discarded()).as("discarded").isEqualTo(subject.destroyed());
        assertThat(stats.live()).as("live").isEqualTo(live);
        assertThat(stats.idle()).as("idle").isEqualTo(made - subject.destroyed() - live);
        assertThat(stats.retrieved()).as("retrieved").isEqualTo(subject.acquired());
        assertThat(stats.returned()).as("returned").isEqualTo(subject.acquired() - live);
        assertThat(stats.misses()).as("misses").isBetween(0L, made);
    }

    @Test
    default void statistics_mustEqualWhatWasDone() {
        try (PoolUnderTest subject =
                pool(builder -> builder.maxIdle(3).maxLive(10).initialSize(2))) {
            assertThat(subject.pool().stats()).isEqualTo(new PoolStats(2, 0, 2, 0, 0, 0, 0));
            List<PooledObject> objects = subject.acquireMany(5);
            assertThat(subject.pool().stats()).isEqualTo(new PoolStats(0, 5, 5, 5, 0, 0, 3));
            subject.releaseMany(objects);
            assertThat(subject.pool().stats()).isEqualTo(new PoolStats(3, 0, 5, 5, 5, 2, 3));
            subject.release(subject.acquire().invalidate());
            assertThat(subject.pool().stats()).isEqualTo(new PoolStats(2, 0, 5, 6, 6, 3, 3));
            assertEqualCounts(subject, 0);
        }
    }

    @Test
    default void statistics_mustTellNoCounterLowerThanBeforeAndNoFigureBelowZeroWhileThreadsComeAndGo() {
        try (PoolUnderTest subject = pool(builder -> builder.maxIdle(3))) {
            AtomicBoolean done = new AtomicBoolean();
            try (TestThread reader = TestThread.platform()) {
                Future<Boolean> reading = reader.start(() -> {
                    PoolStats before = subject.pool().stats();
                    while (!done.get()) {
                        PoolStats now = subject.pool().stats();
                        assertFollows(before, now);
                        before = now;
                    }
                    return true;
                });
                try {
                    for (int round = 0; round < TestLength.of(30, 300); round++) {
                        TestThread.together(TestThread.Kind.alternating(round), 4, number -> {
                            for (int i = 0; i < 50; i++) {
                                subject.releaseMany(subject.acquireMany(1 + i % 5));
                                if (number == 0) {
                                    subject.pool().setMaxIdle(i % 3 == 0 ? Pool.UNBOUNDED : i % 7);
                                }
                            }
                        });
                    }
                } finally {
                    done.set(true);
                }
                reader.await(reading);
            }
            assertEqualCounts(subject, 0);
        }
    }

    private static void assertFollows(PoolStats before, PoolStats now) {
        assertThat(now.idle()).as("idle").isNotNegative();
        assertThat(now.live()).as("live").isNotNegative();
        assertThat(now.created()).as("created").isGreaterThanOrEqualTo(before.created());
        assertThat(now.retrieved()).as("retrieved").isGreaterThanOrEqualTo(before.retrieved());
        assertThat(now.returned()).as("returned").isBetween(before.returned(), now.retrieved());
        assertThat(now.discarded()).as("discarded").isBetween(before.discarded(), now.created());
        assertThat(now.misses()).as("misses").isBetween(before.misses(), now.retrieved());
        assertThat(now.hits()).as("hits").isGreaterThanOrEqualTo(before.hits());
    }

    @Test
    default void statistics_mustBeZeroWhenTheyAreOff() {
        try (PoolUnderTest subject = pool(builder -> builder.statistics(Statistics.OFF))) {
            subject.releaseMany(subject.acquireMany(5));
            assertThat(subject.pool().stats()).isEqualTo(PoolStats.ZERO);
            subject.acquireMany(5);
            assertThat(subject.made()).hasSize(5);
        }
    }

    @Test
    default void listener_mustBeToldOfEachOperation() {
        List<String> told = new ArrayList<>();
        try (PoolUnderTest subject = pool(
                builder -> builder.maxIdle(1).listener((operation, object) -> told.add(operation + " " + object)))) {
            PooledObject first = subject.acquire();
            PooledObject second = subject.acquire();
            subject.release(second);
            subject.release(first);
            subject.pool().close();
        }
        assertThat(told)
                .containsExactly(
                        "CREATED object 0",
                        "ACQUIRED object 0",
                        "CREATED object 1",
                        "ACQUIRED object 1",
                        "RELEASED object 1",
                        "RELEASED object 0",
                        "DISCARDED object 0",
                        "DISCARDED object 1");
    }

    @Test
    default void listener_mustNotUndoTheOperationThatItThrowsFor() {
        boolean[] throwing = new boolean[1];
        try (PoolUnderTest subject = pool(builder -> builder.maxLive(1).listener((operation, object) -> {
            if (throwing[0] && operation == Operation.RELEASED) {
                throw new PlannedFailure("listener");
            }
        }))) {
            PooledObject object = subject.acquire();
            throwing[0] = true;
            assertThatExceptionOfType(PlannedFailure.class).isThrownBy(() -> subject.release(object));
            throwing[0] = false;
            subject.release(subject.acquire());
            assertThat(subject.made()).hasSize(1);
            assertEqualCounts(subject, 0);
        }
    }

    @Test
    default void listener_mustBeToldUntilItsRegistrationIsClosed() {
        List<String> told = new ArrayList<>();
        PoolListener<PooledObject> twice = (operation, _) -> told.add("twice " + operation);
        try (PoolUnderTest subject =
                pool(builder -> builder.listener((operation, _) -> told.add("own " + operation)))) {
            Registration first = subject.pool().listen(twice);
            Registration second = subject.pool().listen(twice);
            PooledObject object = subject.acquire();
            assertThat(told)
                    .containsExactly(
                            "own CREATED",
                            "twice CREATED",
                            "twice CREATED",
                            "own ACQUIRED",
                            "twice ACQUIRED",
                            "twice ACQUIRED");
            told.clear();
            first.close();
            first.close(); // ends nothing else
            subject.release(object);
            assertThat(told).containsExactly("own RELEASED", "twice RELEASED");
            told.clear();
            second.close();
            subject.release(subject.acquire());
            assertThat(told).containsExactly("own ACQUIRED", "own RELEASED");
        }
    }

    @Test
    default void listener_mustBeToldThoughAnotherThrows() {
        List<Operation> told = new ArrayList<>();
        try (PoolUnderTest subject = pool()) {
            Registration failing = subject.pool().listen((operation, _) -> {
                if (operation == Operation.RELEASED) {
                    throw new PlannedFailure("listener");
                }
            });
            Registration _ = subject.pool().listen((operation, _) -> told.add(operation));
            PooledObject object = subject.acquire();
            assertThatExceptionOfType(PlannedFailure.class).isThrownBy(() -> subject.release(object));
            assertThat(told).containsExactly(Operation.CREATED, Operation.ACQUIRED, Operation.RELEASED);
            failing.close();
            subject.release(subject.acquire());
            assertEqualCounts(subject, 0);
        }
    }
}
