package dev.ashlar.lockfree.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.InvalidReleaseException;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.PoolConfig.Tracking;
import dev.ashlar.api.PoolStats;
import dev.ashlar.api.Registration;
import dev.ashlar.lockfree.internal.pool.Thing.Fate;
import dev.ashlar.testkit.TestLength;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Threads that acquire, hold, pass on and release at random while others resize, tidy, listen, track and close. Each
 * object fails if two threads hold it. Afterwards no object may be lost, duplicated, or kept beyond the bound.
 */
class PoolStressTest {

    private static final ThreadFactory PLATFORM = Thread.ofPlatform().daemon().factory();
    private static final ThreadFactory VIRTUAL = Thread.ofVirtual().factory();

    private final Queue<Thing> made = new ConcurrentLinkedQueue<>();
    private final AtomicLong clock = new AtomicLong();
    private final long seed = Long.getLong("ashlar.seed", System.nanoTime());

    private Thing make() {
        Thing thing = new Thing();
        made.add(thing);
        return thing;
    }

    private PoolConfig.Builder<Thing> config() {
        return PoolConfig.builder(this::make)
                .reset(Thing::reset)
                .validator(Thing::isValid)
                .destroyer(Thing::destroy)
                .clock(clock::get);
    }

    /** A task that a thread repeats. */
    private interface Work {
        void round(Random random) throws Exception;
    }

    private void run(ThreadFactory threads, List<Work> works, int rounds) throws Exception {
        CountDownLatch start = new CountDownLatch(1);
        try (ExecutorService executor = Executors.newThreadPerTaskExecutor(threads)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < works.size(); i++) {
                Work work = works.get(i);
                Random random = new Random(seed + i);
                all.add(executor.submit(() -> {
                    start.await();
                    for (int round = 0; round < rounds; round++) {
                        work.round(random);
                    }
                    return true;
                }));
            }
            start.countDown();
            for (Future<?> one : all) {
                try {
                    one.get();
                } catch (ExecutionException e) {
                    executor.shutdownNow();
                    throw new AssertionError("seed " + seed + ": " + e.getCause(), e.getCause());
                }
            }
        }
    }

    /** Holds up to six objects, passes some to other threads, and makes one in fifty invalid. */
    private static Work user(LockFreePool<Thing> pool, Queue<Thing> passed) {
        List<Thing> held = new ArrayList<>();
        return random -> {
            int choice = random.nextInt(8);
            if (choice < 4 && held.size() < 6) {
                @Nullable Thing thing = pool.tryAcquire();
                if (thing != null) {
                    held.add(thing.hold());
                }
            } else if (choice == 4 && !held.isEmpty()) {
                passed.add(held.removeLast());
            } else {
                @Nullable Thing thing = choice == 5 || held.isEmpty() ? passed.poll() : held.removeLast();
                if (thing != null) {
                    thing.fate = fate(random.nextInt(100));
                    pool.release(thing.unhold());
                }
            }
            if (random.nextInt(1000) == 0) {
                for (Thing thing : held) {
                    pool.release(thing.unhold());
                }
                held.clear();
            }
        };
    }

    private static Fate fate(int number) {
        return switch (number) {
            case 0 -> Fate.RESET_FAILS;
            case 1 -> Fate.INVALID;
            default -> Fate.GOOD;
        };
    }

    private void assertNothingLost(LockFreePool<Thing> pool, Queue<Thing> passed) {
        passed.forEach(thing -> pool.release(thing.unhold()));
        PoolStats stats = pool.stats();
        long destroyed = made.stream().filter(Thing::isDestroyed).count();
        assertThat(stats.created()).as("created (seed %d)", seed).isEqualTo(made.size());
        assertThat(stats.discarded()).as("discarded (seed %d)", seed).isEqualTo(destroyed);
        assertThat(stats.size()).as("size (seed %d)", seed).isEqualTo(made.size() - destroyed);
        assertThat(made.stream().mapToLong(Thing::uses).sum())
                .as("uses, which the objects count plainly (seed %d)", seed)
                .isEqualTo(stats.retrieved());
        pool.idle().checkInvariants();
    }

    private void stress(ThreadFactory threads, int users, PoolConfig<Thing> config, int cacheSize) throws Exception {
        LockFreePool<Thing> pool = LockFreePool.create(config, cacheSize);
        Queue<Thing> passed = new ConcurrentLinkedQueue<>();
        List<Work> works = new ArrayList<>();
        for (int i = 0; i < users; i++) {
            works.add(user(pool, passed));
        }
        run(threads, works, TestLength.of(40_000, 2_000_000) / users);
        assertNothingLost(pool, passed);
    }

    @Test
    void mustHandAnObjectToOneThreadAtATime() throws Exception {
        stress(PLATFORM, 4, config().build(), Cache.MOST);
    }

    @Test
    void mustHandAnObjectToOneThreadAtATimeFromSmallCaches() throws Exception {
        stress(PLATFORM, 4, config().build(), 1);
        made.clear();
        stress(PLATFORM, 4, config().maxIdle(5).build(), 2);
    }

    @Test
    void mustHandAnObjectToOneVirtualThreadAtATime() throws Exception {
        stress(VIRTUAL, 200, config().maxIdle(50).build(), 4);
        made.clear();
        stress(VIRTUAL, 200, config().maxLive(100).build(), Cache.MOST);
    }

    @Test
    void mustLoseNothingWhileItIsResizedAndTidied() throws Exception {
        PoolConfig<Thing> config = config().idleInterval(Duration.ofNanos(1)).build();
        LockFreePool<Thing> pool = LockFreePool.create(config, 3);
        Queue<Thing> passed = new ConcurrentLinkedQueue<>();
        List<Work> works = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            works.add(user(pool, passed));
        }
        works.add(random -> {
            switch (random.nextInt(6)) {
                case 0 -> pool.setMaxIdle(random.nextInt(12));
                case 1 -> {
                    clock.addAndGet(5);
                    pool.tidy();
                }
                case 2 -> {
                    try (Registration _ = pool.listen((_, _) -> {})) {
                        pool.stats();
                    }
                }
                case 3 -> pool.stats();
                default -> Thread.onSpinWait();
            }
        });
        run(PLATFORM, works, TestLength.of(10_000, 500_000));
        pool.setMaxIdle(4);
        assertNothingLost(pool, passed);
        assertThat(pool.stats().idle()).isLessThanOrEqualTo(4);
    }

    /**
     * Idle objects are bounded for the first time. This replaces all caches while their owners add objects.
     */
    @Test
    void mustKeepTheBoundWhenItIsBoundedWhileOthersRelease() throws Exception {
        for (int i = 0; i < TestLength.of(100, 5_000); i++) {
            made.clear();
            LockFreePool<Thing> pool = LockFreePool.create(config().build(), 4);
            AtomicBoolean bounded = new AtomicBoolean();
            Work releasing = random -> {
                for (int n = random.nextInt(100); n > 0 || !bounded.get(); n--) {
                    Thing first = pool.acquire().hold();
                    Thing second = pool.acquire().hold();
                    pool.release(first.unhold());
                    pool.release(second.unhold());
                }
            };
            Work bounding = _ -> {
                while (made.size() < 4) {
                    Thread.onSpinWait();
                }
                pool.setMaxIdle(1);
                bounded.set(true);
            };
            run(PLATFORM, List.of(releasing, releasing, bounding), 1);
            assertNothingLost(pool, new ConcurrentLinkedQueue<>());
            assertThat(pool.stats().idle()).as("idle (seed %d)", seed).isLessThanOrEqualTo(1);
        }
    }

    @Test
    void mustDestroyEverythingWhenItIsClosedWhileOthersRelease() throws Exception {
        for (int i = 0; i < TestLength.of(100, 5_000); i++) {
            made.clear();
            PoolConfig.Builder<Thing> config = i % 2 == 0 ? config() : config().maxIdle(3);
            if (i % 4 < 2) {
                config.maxLive(100); // this bound is not reached, but disables the short path
            }
            LockFreePool<Thing> pool = LockFreePool.create(config.build(), 1 + i % 3);
            Runnable releasing = () -> {
                List<Thing> held = new ArrayList<>();
                try {
                    while (true) {
                        held.add(pool.acquire().hold());
                        if (held.size() == 3) {
                            held.forEach(thing -> pool.release(thing.unhold()));
                            held.clear();
                        }
                    }
                } catch (IllegalStateException e) {
                    held.forEach(thing -> pool.release(thing.unhold()));
                }
            };
            Work closing = _ -> {
                while (pool.stats().retrieved() < 20) {
                    Thread.onSpinWait();
                }
                pool.close();
            };
            Work platform = _ -> releasing.run();
            Work virtual = _ -> CompletableFuture.runAsync(releasing, Thread::startVirtualThread)
                    .get();
            run(PLATFORM, List.of(platform, i % 5 == 0 ? virtual : platform, closing), 1);
            assertThat(made).as("seed %d", seed).allMatch(Thing::isDestroyed);
            assertThat(pool.stats().size()).isZero();
            assertThat(pool.stats().retrieved())
                    .as("seed %d", seed)
                    .isEqualTo(made.stream().mapToLong(Thing::uses).sum());
            pool.idle().checkInvariants();
        }
    }

    @Test
    void mustRefuseAllButOneOfManyReleasesWhenItTracks() throws Exception {
        LockFreePool<Thing> pool =
                LockFreePool.create(config().tracking(Tracking.IDENTITY).build(), 2);
        AtomicLong refused = new AtomicLong();
        List<Thing> things = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            things.add(pool.acquire());
        }
        Work releasing = _ -> things.forEach(thing -> {
            try {
                pool.release(thing);
            } catch (InvalidReleaseException e) {
                refused.incrementAndGet();
            }
        });
        run(PLATFORM, List.of(releasing, releasing, releasing), 1);
        assertThat(refused).hasValue(1000);
        assertThat(pool.stats().returned()).isEqualTo(500);
    }
}
