package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.api.Lease;
import dev.ashlar.testkit.TestThread.Kind;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Rule 5 of pools: what close does; and that no operation waits for another thread unless it says so. */
interface PoolCloseRules extends PoolUnderTestFactory {

    @Test
    default void rule05_mustDestroyWhatIsIdleWhenItCloses() {
        try (PoolUnderTest subject = pool()) {
            List<PooledObject> objects = subject.acquireMany(10);
            subject.releaseMany(objects.subList(0, 6));
            subject.pool().close();
            assertThat(subject.destroyed()).as("destroyed by close").isEqualTo(6);
            subject.releaseMany(objects.subList(6, 10));
            assertThat(subject.destroyed())
                    .as("destroyed when they were released")
                    .isEqualTo(10);
            subject.pool().close();
            assertThat(subject.destroyed()).as("destroyed by a second close").isEqualTo(10);
        }
    }

    @Test
    default void rule05_mustDestroyWhatOtherThreadsReleased() {
        for (Kind kind : Kind.values()) {
            try (PoolUnderTest subject = pool();
                    TestThread living = new TestThread(kind)) {
                living.run(() -> subject.releaseMany(subject.acquireMany(10)));
                try (TestThread ended = new TestThread(kind)) {
                    ended.run(() -> subject.releaseMany(subject.acquireMany(20)));
                }
                subject.pool().close();
                assertThat(subject.destroyed()).isEqualTo(subject.made().size());
            }
        }
    }

    @Test
    default void rule05_mustRefuseToHandOutAfterClose() {
        try (PoolUnderTest subject = pool()) {
            subject.release(subject.acquire());
            assertThat(subject.pool().isClosed()).isFalse();
            subject.pool().close();
            assertThat(subject.pool().isClosed()).isTrue();
            assertThatIllegalStateException().isThrownBy(() -> subject.pool().acquire());
            assertThatIllegalStateException().isThrownBy(() -> subject.pool().tryAcquire());
            assertThatIllegalStateException().isThrownBy(() -> subject.pool().acquire(Duration.ofSeconds(1)));
            assertThatIllegalStateException().isThrownBy(() -> subject.pool().lease());
            assertThatIllegalStateException().isThrownBy(() -> subject.pool().tryLease());
            assertThatIllegalStateException().isThrownBy(() -> subject.pool().lease(Duration.ofSeconds(1)));
            assertThatIllegalStateException().isThrownBy(() -> subject.pool().setMaxIdle(1));
            assertThat(subject.made()).hasSize(1);
        }
    }

    @Test
    default void rule05_mustDestroyTheObjectOfALeaseThatClosesAfterThePool() {
        try (PoolUnderTest subject = pool()) {
            Lease<PooledObject> lease = subject.pool().lease();
            subject.pool().close();
            assertThat(subject.destroyed()).isZero();
            lease.close();
            assertThat(subject.destroyed()).isEqualTo(1);
        }
    }

    @Test
    default void rule05_mustEndTheWaitOfCallersWhenItCloses() {
        for (Kind kind : Kind.values()) {
            try (PoolUnderTest subject = pool(builder -> builder.maxLive(1));
                    TestThread first = new TestThread(kind);
                    TestThread second = new TestThread(kind)) {
                PooledObject object = subject.acquire();
                Future<Boolean> firstEnded = first.start(() -> endsWithIllegalState(subject));
                Future<Boolean> secondEnded = second.start(() -> endsWithIllegalState(subject));
                first.awaitIdle();
                second.awaitIdle();
                subject.pool().close();
                assertThat(first.await(firstEnded)).isTrue();
                assertThat(second.await(secondEnded)).isTrue();
                subject.release(object);
                assertThat(subject.destroyed()).isEqualTo(1);
            }
        }
    }

    private static boolean endsWithIllegalState(PoolUnderTest subject) throws InterruptedException {
        try {
            subject.pool().acquire(PoolBoundRules.FOREVER);
            return false;
        } catch (IllegalStateException e) {
            return true;
        }
    }

    @Test
    default void rule05_mustDestroyEverythingOnceWhenClosedWhileOthersWork() {
        for (int round = 0; round < TestLength.of(10, 300); round++) {
            PoolUnderTest subject = pool(builder -> builder.maxIdle(5).maxLive(20));
            TestThread.together(Kind.PLATFORM, 4, number -> {
                if (number == 0) {
                    Race.await(() -> subject.acquired() >= 50);
                    subject.pool().close();
                } else {
                    workUntilClosed(subject);
                }
            });
            assertThat(subject.destroyed())
                    .as("destroyed")
                    .isEqualTo(subject.made().size());
        }
    }

    private static void workUntilClosed(PoolUnderTest subject) {
        while (true) {
            PooledObject object;
            try {
                object = subject.tryAcquire();
            } catch (IllegalStateException e) {
                return;
            }
            if (object != null) {
                subject.release(object);
            }
        }
    }

    @Test
    default void progress_mustNotWaitForAThreadThatMakesAnObject() {
        try (PoolUnderTest subject = pool();
                Hold hold = subject.holdInFactory()) {
            assertOthersGoOn(subject, hold, subject::acquire);
        }
    }

    @Test
    default void progress_mustNotWaitForAThreadThatResetsAnObject() {
        try (PoolUnderTest subject = pool()) {
            PooledObject object = subject.acquire().letGo();
            try (Hold hold = subject.holdInReset()) {
                assertOthersGoOn(subject, hold, () -> subject.pool().release(object));
            }
        }
    }

    @Test
    default void progress_mustNotWaitForAThreadThatDestroysAnObject() {
        try (PoolUnderTest subject = pool()) {
            PooledObject bad = subject.acquire().invalidate().letGo();
            try (Hold hold = subject.holdInDestroyer()) {
                assertOthersGoOn(subject, hold, () -> subject.pool().release(bad));
            }
        }
    }

    private static void assertOthersGoOn(PoolUnderTest subject, Hold hold, Runnable held) {
        try (TestThread stopped = TestThread.platform();
                TestThread other = TestThread.platform()) {
            Future<Boolean> stoppedWork = stopped.start(() -> {
                held.run();
                return true;
            });
            hold.awaitEntered();
            other.run(() -> subject.releaseMany(subject.acquireMany(10)));
            other.run(() -> subject.pool().stats());
            hold.release();
            stopped.await(stoppedWork);
        }
    }
}
