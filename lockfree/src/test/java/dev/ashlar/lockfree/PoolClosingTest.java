package dev.ashlar.lockfree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.SupervisedPool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** After an {@code Error} of a destroyer the other objects are destroyed too, and then it is thrown. */
class PoolClosingTest {

    private static final int OBJECTS = 100;

    private final List<Integer> destroyed = Collections.synchronizedList(new ArrayList<>());
    private final AtomicInteger made = new AtomicInteger();
    private long now;

    private PoolConfig.Builder<Integer> config() {
        return PoolConfig.<Integer>builder(made::incrementAndGet)
                .destroyer(this::destroy)
                .clock(() -> now);
    }

    /** Fails for each object that can be divided by 10. */
    private void destroy(Integer object) {
        destroyed.add(object);
        if (object % 10 == 0) {
            throw new AssertionError("object " + object);
        }
    }

    /**
     * A pool with {@link #OBJECTS} idle objects: in this thread's cache, in that of another, and in the shared tier.
     */
    private SupervisedPool<Integer> pool(PoolConfig<Integer> config) throws InterruptedException {
        SupervisedPool<Integer> pool = LockFreePools.create(config, 8);
        List<Integer> held = new ArrayList<>();
        for (int i = 0; i < OBJECTS; i++) {
            held.add(pool.acquire());
        }
        Thread other = Thread.ofPlatform().start(() -> held.subList(0, 8).forEach(pool::release));
        other.join();
        held.subList(8, OBJECTS).forEach(pool::release);
        assertThat(pool.stats().idle()).isEqualTo(OBJECTS);
        return pool;
    }

    private void assertAllDestroyed(SupervisedPool<Integer> pool, AssertionError thrown) {
        assertThat(destroyed).hasSize(OBJECTS).doesNotHaveDuplicates();
        assertThat(thrown.getSuppressed())
                .as("the other 9 failures of 10")
                .hasSize(9)
                .doesNotContain(thrown);
        assertThat(pool.stats().size()).isZero();
    }

    @Test
    void mustDestroyAllWhenItIsClosedThoughDestroyersFail() throws InterruptedException {
        SupervisedPool<Integer> pool = pool(config().build());
        AssertionError thrown = catchError(pool::close);
        assertAllDestroyed(pool, thrown);
        pool.close();
        assertThat(destroyed).hasSize(OBJECTS);
    }

    @Test
    void mustDestroyAllThatAreTooManyThoughDestroyersFail() throws InterruptedException {
        SupervisedPool<Integer> pool = pool(config().build());
        catchError(() -> pool.setMaxIdle(1));
        assertThat(destroyed).hasSize(OBJECTS - 1).doesNotHaveDuplicates();
        assertThat(pool.stats().idle()).isEqualTo(1);
    }

    @Test
    void mustDestroyAllThatAreUnusedThoughDestroyersFail() throws InterruptedException {
        SupervisedPool<Integer> pool =
                pool(config().idleInterval(Duration.ofNanos(1)).build());
        now = 1;
        assertThat(pool.tidy()).isZero();
        now = 2;
        AssertionError thrown = catchError(pool::tidy);
        assertAllDestroyed(pool, thrown);
        now = 3;
        assertThat(pool.tidy()).isZero();
    }

    @Test
    void mustWakeWhoeverWaitsThoughDestroyersFail() throws InterruptedException {
        SupervisedPool<Integer> pool =
                LockFreePools.create(config().maxLive(1).initialSize(20).build());
        Integer live = pool.acquire();
        AtomicReference<@Nullable Throwable> told = new AtomicReference<>();
        Thread waiting = Thread.ofPlatform().start(() -> {
            try {
                pool.acquire(Duration.ofDays(1));
            } catch (InterruptedException | RuntimeException e) {
                told.set(e);
            }
        });
        while (waiting.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        catchError(pool::close);
        assertThat(destroyed).hasSize(19).doesNotContain(live);
        waiting.join();
        assertThat(told.get()).isInstanceOf(IllegalStateException.class).hasMessage("The pool is closed");
    }

    @Test
    void mustCloseThePoolsOfAllSizesThoughDestroyersFail() {
        SizedPool<byte[]> pools = new SizedPool<>(
                1,
                8,
                array -> array.length,
                size -> PoolConfig.builder(() -> new byte[size])
                        .initialSize(2)
                        .destroyer(array -> {
                            destroyed.add(array.length);
                            throw new AssertionError("size " + array.length);
                        })
                        .build());
        AssertionError thrown = catchError(pools::close);
        assertThat(destroyed).containsExactly(1, 1, 2, 2, 4, 4, 8, 8);
        assertThat(thrown).hasMessage("size 1");
        assertThat(thrown.getSuppressed()).hasSize(4);
    }

    @Test
    void mustTellWhatTheFactoryThrewThoughDestroyersFail() {
        PoolConfig<Integer> config = PoolConfig.<Integer>builder(() -> {
                    int number = 10 * made.incrementAndGet();
                    if (number == 50) {
                        throw new UnsupportedOperationException("planned");
                    }
                    return number;
                })
                .destroyer(this::destroy)
                .initialSize(10)
                .build();
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> LockFreePools.create(config))
                .satisfies(thrown -> assertThat(thrown.getSuppressed()).hasSize(1));
        assertThat(destroyed).containsExactlyInAnyOrder(10, 20, 30, 40);
    }

    private static AssertionError catchError(Runnable failing) {
        AssertionError thrown = null;
        try {
            failing.run();
        } catch (AssertionError e) {
            thrown = e;
        }
        assertThat(thrown).as("what the destroyer threw").isNotNull();
        if (thrown == null) {
            throw new IllegalStateException();
        }
        return thrown;
    }
}
