package dev.ashlar.lockfree.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Lease;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.PoolConfig.Tracking;
import dev.ashlar.api.PoolListener.Operation;
import dev.ashlar.api.PoolStats;
import dev.ashlar.api.Registration;
import dev.ashlar.lockfree.internal.pool.Thing.Fate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;

/**
 * A pool compared with a model of the live objects and the number of idle ones. Three threads take steps one after
 * another. The model is strict: an object is made only if none is idle anywhere, and a good one is discarded only if
 * the bound is reached.
 */
class PoolProperties {

    private static final Duration INTERVAL = Duration.ofSeconds(10);

    /** Two platform threads and a virtual one, for all tries: other pools must not affect them. */
    private static final List<ExecutorService> WORKERS = List.of(
            Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory()),
            Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().factory()),
            Executors.newSingleThreadExecutor(Thread.ofVirtual().factory()));

    /** The kinds of steps. */
    enum Kind {
        ACQUIRE,
        RELEASE,
        LEASE,
        RESIZE,
        TIDY,
        SET
    }

    /**
     * A step.
     *
     * @param worker its thread
     * @param number which object, or the bound on idle ones
     */
    record Step(Kind kind, int worker, int number, Fate fate) {}

    @Provide
    Arbitrary<Step> steps() {
        return Combinators.combine(
                        Arbitraries.frequency(
                                net.jqwik.api.Tuple.of(8, Kind.ACQUIRE),
                                net.jqwik.api.Tuple.of(7, Kind.RELEASE),
                                net.jqwik.api.Tuple.of(2, Kind.LEASE),
                                net.jqwik.api.Tuple.of(1, Kind.RESIZE),
                                net.jqwik.api.Tuple.of(1, Kind.TIDY),
                                net.jqwik.api.Tuple.of(1, Kind.SET)),
                        Arbitraries.integers().between(0, WORKERS.size() - 1),
                        Arbitraries.integers().between(0, 8),
                        Arbitraries.frequency(
                                net.jqwik.api.Tuple.of(6, Fate.GOOD),
                                net.jqwik.api.Tuple.of(1, Fate.RESET_FAILS),
                                net.jqwik.api.Tuple.of(1, Fate.INVALID)))
                .as(Step::new);
    }

    /** Means no bound. */
    private static final int ANY = 8;

    private static int bound(int number) {
        return number == ANY ? Pool.UNBOUNDED : number;
    }

    @Property
    void mustDoWhatTheModelDoes(
            @ForAll @IntRange(max = 8) int maxIdle,
            @ForAll @IntRange(max = 12) int maxLive,
            @ForAll @IntRange(min = 1, max = 4) int cacheSize,
            @ForAll @Size(max = 120) List<@net.jqwik.api.From("steps") Step> steps)
            throws Exception {
        new Run(bound(maxIdle), maxLive == 0 ? Pool.UNBOUNDED : maxLive, cacheSize).perform(steps);
    }

    /** One cache has the object, and another has a place that it does not need. */
    @Example
    void mustKeepAnObjectThatFitsWhenABoundComesBack() throws Exception {
        Run run = new Run(Pool.UNBOUNDED, Pool.UNBOUNDED, 1);
        run.perform(List.of(
                new Step(Kind.ACQUIRE, 0, 0, Fate.GOOD),
                new Step(Kind.RESIZE, 0, 1, Fate.GOOD),
                new Step(Kind.RELEASE, 1, 0, Fate.GOOD),
                new Step(Kind.ACQUIRE, 0, 0, Fate.GOOD),
                new Step(Kind.RESIZE, 0, ANY, Fate.GOOD),
                new Step(Kind.RELEASE, 0, 0, Fate.GOOD),
                new Step(Kind.RESIZE, 0, 1, Fate.GOOD)));
    }

    @Property(tries = 20)
    void mustDoWhatTheModelDoesWithLargeCaches(
            @ForAll @IntRange(max = 200) int maxIdle, @ForAll @IntRange(max = 150) int live) throws Exception {
        Run run = new Run(bound(maxIdle), Pool.UNBOUNDED, Cache.MOST);
        for (int i = 0; i < live; i++) {
            run.step(new Step(Kind.ACQUIRE, i % WORKERS.size(), 0, Fate.GOOD));
        }
        for (int i = 0; i < live; i++) {
            run.step(new Step(Kind.RELEASE, i % 2, i, Fate.GOOD));
        }
        run.perform(List.of());
    }

    /** A pool and its model. */
    private static final class Run {

        private final LockFreePool<Thing> pool;
        private final List<Thing> made = new ArrayList<>();
        private final List<Thing> live = new ArrayList<>();
        private Registration registration = () -> {};
        private final Map<Operation, Integer> told = new EnumMap<>(Operation.class);
        private final int maxLive;
        private int maxIdle;
        private long now;
        private long idle;
        private long retrieved;
        private long misses;
        private long discarded;

        Run(int maxIdle, int maxLive, int cacheSize) {
            this.maxIdle = maxIdle;
            this.maxLive = maxLive;
            pool = LockFreePool.create(
                    PoolConfig.builder(this::make)
                            .reset(Thing::reset)
                            .validator(Thing::isValid)
                            .destroyer(Thing::destroy)
                            .maxIdle(maxIdle)
                            .maxLive(maxLive)
                            .idleInterval(INTERVAL)
                            .clock(() -> now)
                            .build(),
                    cacheSize);
        }

        private Thing make() {
            Thing thing = new Thing();
            made.add(thing);
            return thing;
        }

        void perform(List<Step> steps) throws Exception {
            for (Step step : steps) {
                step(step);
            }
            tidyTwice();
            pool.close();
            for (Thing thing : live) {
                pool.release(thing.unhold());
            }
            assertThat(made).allMatch(Thing::isDestroyed);
            assertThat(pool.stats().live()).isZero();
        }

        void step(Step step) throws Exception {
            Future<?> done = WORKERS.get(step.worker).submit(() -> perform(step));
            try {
                done.get();
            } catch (ExecutionException e) {
                throw new AssertionError(step + ": " + e.getCause(), e.getCause());
            }
            assertEqual();
        }

        private void perform(Step step) {
            switch (step.kind) {
                case ACQUIRE -> acquire();
                case RELEASE -> release(step);
                case LEASE -> lease();
                case RESIZE -> resize(bound(step.number));
                case TIDY -> tidyTwice();
                case SET -> set(step.number);
            }
        }

        private void acquire() {
            @Nullable Thing thing = pool.tryAcquire();
            if (live.size() == maxLive) {
                assertThat(thing).isNull();
                return;
            }
            assertThat(thing).isNotNull();
            took();
            live.add(thing.hold());
        }

        private void took() {
            retrieved++;
            if (idle == 0) {
                misses++;
            } else {
                idle--;
            }
        }

        private void release(Step step) {
            if (!live.isEmpty()) {
                Thing thing = live.remove(step.number % live.size());
                thing.fate = step.fate;
                pool.release(thing.unhold());
                gave(step.fate);
            }
        }

        private void gave(Fate fate) {
            if (fate == Fate.GOOD && idle < maxIdle) {
                idle++;
            } else {
                discarded++;
            }
        }

        private void lease() {
            if (live.size() < maxLive) {
                try (Lease<Thing> lease = pool.lease()) {
                    took();
                    lease.get().hold().unhold();
                }
                gave(Fate.GOOD);
            }
        }

        private void resize(int newMaxIdle) {
            pool.setMaxIdle(newMaxIdle);
            maxIdle = newMaxIdle;
            if (idle > maxIdle) {
                discarded += idle - maxIdle;
                idle = maxIdle;
            }
        }

        /** Objects that were idle at the first are discarded at the second, because no thread took them meanwhile. */
        private void tidyTwice() {
            now += INTERVAL.toNanos() - 1;
            int early = pool.tidy();
            now += INTERVAL.toNanos();
            int first = early + pool.tidy();
            now += INTERVAL.toNanos();
            int second = pool.tidy();
            assertThat((long) first + second).isEqualTo(idle);
            discarded += idle;
            idle = 0;
            assertThat(pool.tidy()).isZero();
        }

        private void set(int number) {
            pool.track(number % 2 == 0 ? Tracking.OFF : Tracking.IDENTITY);
            registration.close();
            registration = pool.listen((operation, _) -> told.merge(operation, 1, Integer::sum));
        }

        private void assertEqual() {
            assertThat(pool.stats())
                    .isEqualTo(new PoolStats(
                            idle, live.size(), made.size(), retrieved, retrieved - live.size(), discarded, misses));
            assertThat(made.stream().filter(Thing::isDestroyed).count()).isEqualTo(discarded);
            assertThat(live).noneMatch(Thing::isDestroyed);
            pool.idle().checkInvariants();
        }
    }
}
