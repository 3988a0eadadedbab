package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.PoolStats;
import dev.ashlar.testkit.PoolUnderTest.UserCode;
import dev.ashlar.testkit.PooledObject.PlannedFailure;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Whichever call of the user's code throws, no object and no place is lost. Whether the caller gets the exception is
 * not tested here.
 */
interface PoolFaultRules extends PoolUnderTestFactory {

    private void assertEveryCallMayThrow(UserCode code) {
        long nth = 1;
        while (failsAndLosesNothing(code, nth)) {
            nth++;
        }
        assertThat(nth - 1).as("calls of the %s that threw", code).isGreaterThan(2);
    }

    /** Returns false if there were not that many calls. */
    private boolean failsAndLosesNothing(UserCode code, long nth) {
        try (PoolUnderTest subject = pool(builder -> builder.maxLive(3).maxIdle(2))) {
            subject.failCall(code, nth);
            for (int round = 0; round < 2; round++) {
                use(subject);
            }
            boolean failed = subject.hasFailed();
            subject.failCall(code, Long.MAX_VALUE);
            assertNothingLost(subject, code + ", call " + nth);
            return failed;
        }
    }

    private static void use(PoolUnderTest subject) {
        List<PooledObject> held = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            attempt(() -> held.add(subject.acquire()));
        }
        for (int i = 0; i < held.size(); i++) {
            PooledObject object = held.get(i);
            attempt(() -> subject.release(object));
        }
        attempt(() -> subject.pool().lease().close());
        attempt(() -> {
            PooledObject object = subject.acquire();
            subject.release(object.invalidate());
        });
        attempt(() -> subject.pool().setMaxIdle(1));
        attempt(() -> subject.pool().setMaxIdle(2));
    }

    private static void attempt(Runnable operation) {
        try {
            operation.run();
        } catch (PlannedFailure e) {
            // which is allowed
        }
    }

    private static void assertNothingLost(PoolUnderTest subject, String thrower) {
        PoolStats stats = subject.pool().stats();
        assertThat(stats.live()).as("live after a failure of %s", thrower).isZero();
        assertThat(stats.retrieved() - stats.returned())
                .as("not returned after a failure of %s", thrower)
                .isZero();
        assertThat(stats.created())
                .as("created, %s", thrower)
                .isEqualTo(subject.made().size());
        assertThat(stats.discarded()).as("discarded, %s", thrower).isEqualTo(subject.destroyed());
        assertThat(stats.idle()).as("idle, %s", thrower).isEqualTo(stats.created() - stats.discarded());
        List<PooledObject> objects = subject.acquireMany(3);
        assertThat(subject.pool().tryAcquire())
                .as("beyond the bound, %s", thrower)
                .isNull();
        subject.releaseMany(objects);
        subject.pool().close();
        assertThat(subject.destroyed())
                .as("destroyed, %s", thrower)
                .isEqualTo(subject.made().size());
    }

    @Test
    default void faults_mustLoseNothingIfTheFactoryThrows() {
        assertEveryCallMayThrow(UserCode.FACTORY);
    }

    @Test
    default void faults_mustLoseNothingIfTheResetThrows() {
        assertEveryCallMayThrow(UserCode.RESET);
    }

    @Test
    default void faults_mustLoseNothingIfTheValidatorThrows() {
        assertEveryCallMayThrow(UserCode.VALIDATOR);
    }

    @Test
    default void faults_mustLoseNothingIfTheDestroyerThrows() {
        assertEveryCallMayThrow(UserCode.DESTROYER);
    }

    @Test
    default void faults_mustLoseNothingIfAListenerThrows() {
        assertEveryCallMayThrow(UserCode.LISTENER);
    }

    @Test
    default void faults_mustDestroyEveryIdleObjectWhenItClosesThoughADestroyerThrows() {
        for (int nth = 1; nth <= 4; nth++) {
            try (PoolUnderTest subject = pool()) {
                subject.releaseMany(subject.acquireMany(4));
                subject.failCall(UserCode.DESTROYER, nth);
                attempt(subject.pool()::close);
                assertThat(subject.hasFailed()).isTrue();
                subject.pool().close();
                assertThat(subject.destroyed())
                        .as("destroyed, of which destroyer %d threw", nth)
                        .isEqualTo(4);
            }
        }
    }
}
