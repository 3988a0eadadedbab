package dev.ashlar.lockfree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.ashlar.api.InvalidReleaseException;
import dev.ashlar.api.Lease;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.PoolConfig.Statistics;
import dev.ashlar.api.PoolConfig.Tracking;
import dev.ashlar.api.PoolExhaustedException;
import dev.ashlar.api.PoolListener.Operation;
import dev.ashlar.api.PoolStats;
import dev.ashlar.api.Registration;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.spi.PoolProvider;
import dev.ashlar.spi.PoolProviders;
import dev.ashlar.testkit.TestLength;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The promises of these pools beyond the contract. */
class LockFreePoolsTest {

    private final List<StringBuilder> destroyed = new ArrayList<>();
    private long now;

    private PoolConfig.Builder<StringBuilder> config() {
        return PoolConfig.builder(StringBuilder::new)
                .reset(object -> object.setLength(0))
                .destroyer(destroyed::add)
                .clock(() -> now);
    }

    @Test
    void mustBeFoundByName() {
        PoolProvider provider = PoolProviders.require("lockfree");
        assertThat(provider).isInstanceOf(LockFreePoolProvider.class);
        assertThat(provider.apiVersion()).isEqualTo(PoolProvider.API_VERSION);
        try (var pool = provider.create(config().build())) {
            assertThat(pool).isInstanceOf(SupervisedPool.class);
            pool.release(pool.acquire());
            assertThat(pool.stats()).isEqualTo(new PoolStats(1, 0, 1, 1, 1, 0, 1));
        }
        assertThat(PoolProviders.standard().name()).isEqualTo("lockfree");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 65})
    void mustNameTheAllowedCacheSizes(int cacheSize) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> LockFreePools.create(config().build(), cacheSize))
                .withMessage("cacheSize is " + cacheSize + ", must be 1 to 64");
    }

    @Test
    void mustHandOutWhatASleepingThreadReleased() throws InterruptedException {
        try (var pool = LockFreePools.create(config().build())) {
            CountDownLatch released = new CountDownLatch(1);
            CountDownLatch end = new CountDownLatch(1);
            Thread sleeping = Thread.ofPlatform().start(() -> {
                List<StringBuilder> held = List.of(pool.acquire(), pool.acquire(), pool.acquire());
                held.forEach(pool::release);
                released.countDown();
                awaitQuietly(end);
            });
            released.await();
            assertThat(List.of(pool.acquire(), pool.acquire(), pool.acquire())).doesNotHaveDuplicates();
            assertThat(pool.stats().created()).isEqualTo(3);
            end.countDown();
            sleeping.join();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void mustHandTheObjectReleasedLastToTheSameThread() {
        try (var pool = LockFreePools.create(config().build())) {
            StringBuilder first = pool.acquire();
            StringBuilder second = pool.acquire();
            pool.release(second);
            pool.release(first);
            assertThat(pool.acquire()).isIn(first, second);
            pool.release(first);
            assertThat(pool.acquire()).isSameAs(first);
        }
    }

    @Test
    void mustDiscardObjectsThatNobodyNeededForAnInterval() {
        try (var pool = LockFreePools.create(
                config().idleInterval(Duration.ofNanos(100)).build())) {
            List<StringBuilder> held = new ArrayList<>();
            for (int i = 0; i < 80; i++) { // more than fit into the cache
                held.add(pool.acquire());
            }
            held.forEach(pool::release);
            now = 99;
            assertThat(pool.tidy()).isZero();
            now = 100;
            assertThat(pool.tidy())
                    .as("idle for less than the interval since the first look")
                    .isZero();
            StringBuilder a = pool.acquire();
            StringBuilder b = pool.acquire();
            pool.release(a);
            pool.release(b);
            now = 199;
            assertThat(pool.tidy()).isZero();
            now = 200;
            assertThat(pool.tidy()).as("discarded").isEqualTo(78);
            assertThat(destroyed).hasSize(78).doesNotHaveDuplicates();
            now = 300;
            assertThat(pool.tidy()).isEqualTo(2);
            assertThat(pool.stats().idle()).isZero();
        }
    }

    @Test
    void mustTidyOnlyWhereAnIntervalIsSet() {
        try (var pool = LockFreePools.create(config().build())) {
            pool.release(pool.acquire());
            now = Long.MAX_VALUE;
            assertThat(pool.tidy() + pool.tidy()).isZero();
        }
    }

    @Test
    void mustTakeAListenerAtAnyTime() {
        List<Operation> told = new ArrayList<>();
        try (var pool = LockFreePools.create(config().build())) {
            pool.release(pool.acquire());
            Registration registration = pool.listen((operation, _) -> told.add(operation));
            pool.release(pool.acquire());
            registration.close();
            pool.release(pool.acquire());
            assertThat(told).containsExactly(Operation.ACQUIRED, Operation.RELEASED);
            assertThatNullPointerException().isThrownBy(() -> pool.listen(null)).withMessage("listener");
        }
    }

    @Test
    void mustHandOutNothingIfTheListenerThrows() {
        Operation[] failing = new Operation[1];
        try (var pool = LockFreePools.create(config().maxLive(1).build())) {
            Registration _ = pool.listen((operation, _) -> {
                if (operation == failing[0]) {
                    throw new UnsupportedOperationException("planned");
                }
            });
            for (Operation operation : List.of(Operation.CREATED, Operation.ACQUIRED)) {
                failing[0] = operation;
                assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(pool::acquire);
                assertThat(pool.stats().live())
                        .as("live after %s failed", operation)
                        .isZero();
            }
            assertThat(destroyed)
                    .as("the one whose creation nobody could be told of")
                    .hasSize(1);
            failing[0] = null;
            pool.release(pool.acquire());
            assertThat(pool.stats()).isEqualTo(new PoolStats(1, 0, 2, 2, 2, 1, 1));
        }
    }

    @Test
    void mustSeeInvalidReleasesWhileItTracks() {
        try (var pool = LockFreePools.create(config().build())) {
            StringBuilder before = pool.acquire();
            pool.track(Tracking.IDENTITY);
            StringBuilder since = pool.acquire();
            pool.release(since);
            PoolStats stats = pool.stats();
            assertThatExceptionOfType(InvalidReleaseException.class)
                    .isThrownBy(() -> pool.release(since))
                    .withMessageMatching("The object java.lang.StringBuilder@[0-9a-f]+ was released before.*lease.*");
            assertThat(pool.stats()).isEqualTo(stats);
            pool.release(before); // not checked
            assertThatExceptionOfType(InvalidReleaseException.class).isThrownBy(() -> pool.release(before));
            pool.track(Tracking.OFF);
            assertThat(pool.stats().live()).isZero();
        }
        try (var pool = LockFreePools.create(
                config().tracking(Tracking.IDENTITY).initialSize(2).build())) {
            pool.release(pool.acquire());
            assertThatExceptionOfType(InvalidReleaseException.class)
                    .isThrownBy(() -> pool.release(new StringBuilder("foreign")))
                    .withMessageContaining("is no object of this pool");
        }
    }

    @Test
    void mustSeeThatAnObjectMadeAheadIsReleasedThoughNobodyAcquiredIt() {
        StringBuilder ahead = new StringBuilder();
        PoolConfig<StringBuilder> config = PoolConfig.builder(() -> ahead)
                .tracking(Tracking.IDENTITY)
                .initialSize(1)
                .build();
        try (var pool = LockFreePools.create(config)) {
            assertThatExceptionOfType(InvalidReleaseException.class)
                    .isThrownBy(() -> pool.release(ahead))
                    .withMessageContaining("was not acquired since");
            assertThat(pool.stats()).isEqualTo(new PoolStats(1, 0, 1, 0, 0, 0, 0));
        }
    }

    @Test
    void mustDestroyAnObjectWhoseResetThrowsAnError() {
        PoolConfig<StringBuilder> config = config().reset(_ -> {
                    throw new AssertionError("planned");
                })
                .build();
        try (var pool = LockFreePools.create(config)) {
            StringBuilder bad = pool.acquire();
            assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> pool.release(bad));
            assertThat(destroyed).singleElement().isSameAs(bad);
            assertThat(pool.stats()).isEqualTo(new PoolStats(0, 0, 1, 1, 1, 1, 1));
        }
    }

    @Test
    void mustGoOnIfTheDestroyerThrows() {
        PoolConfig<StringBuilder> config = config().destroyer(object -> {
                    destroyed.add(object);
                    throw new UnsupportedOperationException("planned");
                })
                .maxIdle(3)
                .maxLive(4)
                .build();
        SupervisedPool<StringBuilder> pool = LockFreePools.create(config);
        try (pool) {
            List<StringBuilder> held = List.of(pool.acquire(), pool.acquire(), pool.acquire(), pool.acquire());
            held.subList(0, 3).forEach(pool::release);
            assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> pool.release(held.get(3)));
            pool.setMaxIdle(1);
        }
        assertThat(destroyed).hasSize(4);
        assertThat(pool.stats()).isEqualTo(new PoolStats(0, 0, 4, 4, 4, 4, 4));
    }

    @Test
    void mustDiscardWhatWasMadeAheadIfTheFactoryFails() {
        PoolConfig<StringBuilder> config = PoolConfig.<StringBuilder>builder(() -> {
                    if (now == 2) {
                        throw new UnsupportedOperationException("planned");
                    }
                    now++;
                    return new StringBuilder();
                })
                .destroyer(destroyed::add)
                .initialSize(3)
                .build();
        assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> LockFreePools.create(config));
        assertThat(destroyed).hasSize(2);
    }

    @Test
    void mustRefuseNull() {
        try (var pool = LockFreePools.create(PoolConfig.<StringBuilder>of(() -> null))) {
            assertThatNullPointerException().isThrownBy(pool::acquire).withMessageContaining("The factory made null");
            assertThatNullPointerException()
                    .isThrownBy(() -> pool.release(null))
                    .withMessage("object");
            assertThat(pool.stats()).isEqualTo(PoolStats.ZERO);
        }
    }

    @Test
    void mustCountNothingWhenStatisticsAreOff() {
        try (var pool = LockFreePools.create(config().statistics(Statistics.OFF).build())) {
            pool.release(pool.acquire());
            assertThat(pool.stats()).isSameAs(PoolStats.ZERO);
        }
    }

    @Test
    void mustKeepFrontsForWhoeverNeedsThemWhenTheBoundIsSmall() throws InterruptedException {
        try (var pool = LockFreePools.create(config().maxIdle(1).build())) {
            StringBuilder mine = pool.acquire();
            pool.release(mine);
            mine = pool.acquire(); // this thread has the only place but does not use it
            Thread other = Thread.ofPlatform().start(() -> pool.release(pool.acquire()));
            other.join();
            assertThat(destroyed).isEmpty();
            assertThat(pool.stats().idle()).isEqualTo(1);
            pool.release(mine);
            assertThat(destroyed).containsExactly(mine);
        }
    }

    @Test
    void mustRefuseToResizeToLessThanNothing() {
        try (var pool = LockFreePools.create(config().maxIdle(3).build())) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> pool.setMaxIdle(-1))
                    .withMessage("maxIdle is -1, must be 0 to 2147483647");
        }
    }

    @Test
    void mustSayThatALeaseIsClosed() {
        Lease<StringBuilder> lease;
        try (var pool = LockFreePools.create(config().maxLive(1).build());
                Lease<StringBuilder> leased = pool.lease()) {
            lease = leased;
            assertThatExceptionOfType(PoolExhaustedException.class).isThrownBy(pool::lease);
        }
        assertThatIllegalStateException().isThrownBy(lease::get).withMessageContaining("The lease is closed");
        assertThatExceptionOfType(InvalidReleaseException.class)
                .isThrownBy(lease::close)
                .withMessageContaining("closed before");
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MIN_VALUE, -1, 0})
    void mustNotWaitForAnObjectForLessThanNoTime(long seconds) throws InterruptedException {
        Duration timeout = Duration.ofSeconds(seconds);
        try (var pool = LockFreePools.create(config().maxLive(1).build())) {
            StringBuilder only = pool.acquire(timeout);
            assertThatExceptionOfType(PoolExhaustedException.class).isThrownBy(() -> pool.acquire(timeout));
            pool.release(only);
            assertThat(pool.acquire(Duration.ofSeconds(Long.MAX_VALUE))).isSameAs(only);
            assertThatNullPointerException()
                    .isThrownBy(() -> pool.acquire(null))
                    .withMessage("timeout");
        }
    }

    @Test
    void mustReleaseAnObjectOnceThoughTwoThreadsCloseItsLeaseAtOnce() throws Exception {
        int leases = TestLength.of(5_000, 200_000);
        List<Lease<StringBuilder>> shared = new ArrayList<>();
        AtomicInteger refused = new AtomicInteger();
        try (var pool = LockFreePools.create(config().build())) {
            for (int i = 0; i < leases; i++) {
                shared.add(pool.lease());
            }
            AtomicIntegerArray arrived = new AtomicIntegerArray(leases);
            Runnable closing = () -> {
                for (int i = 0; i < leases; i++) {
                    arrived.incrementAndGet(i);
                    while (arrived.get(i) < 2) {
                        Thread.onSpinWait();
                    }
                    try {
                        shared.get(i).close();
                    } catch (InvalidReleaseException e) {
                        refused.incrementAndGet();
                    }
                }
            };
            Thread other = Thread.ofPlatform().start(closing);
            closing.run();
            other.join();
            assertThat(refused).hasValue(leases);
            assertThat(pool.stats()).isEqualTo(new PoolStats(leases, 0, leases, leases, leases, 0, leases));
        }
    }
}
