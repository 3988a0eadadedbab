package dev.ashlar.verification.kit;

import dev.ashlar.api.InvalidReleaseException;
import dev.ashlar.api.Lease;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.PoolListener;
import dev.ashlar.api.PoolStats;
import dev.ashlar.api.Registration;
import java.time.Duration;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Pools that break a rule by their behaviour. */
final class BrokenPools {

    private BrokenPools() {}

    static Stream<PoolFault> faults() {
        return Stream.of(
                PoolFault.of(
                        "hands an object to two callers",
                        Sharing::new,
                        "rule01_mustHandAnObjectToOneCallerAtATime",
                        "rule01_mustHandAnObjectToOneOfManyThreadsAtATime"),
                PoolFault.of(
                        "keeps what a thread released for that thread",
                        PerThread::new,
                        "rule01_mustLetOthersHaveWhatAThreadReleased"),
                PoolFault.of(
                        "swallows invalid releases",
                        Swallowing::new,
                        "rule03_mustRefuseAnObjectReleasedTwice",
                        "rule03_mustRefuseAnObjectOfAnotherPool",
                        "rule03_mustLetOneThreadReleaseAnObject"),
                PoolFault.of("tells objects apart by equals", Equating::new, "rule03_mustTellObjectsByIdentity"),
                PoolFault.of(
                        "swallows a second close of a lease", SloppyLease::new, "rule03_mustRefuseALeaseClosedTwice"),
                PoolFault.of(
                        "never ends a lease",
                        EndlessLease::new,
                        "rule03_mustRefuseALeaseClosedTwice",
                        "rule03_mustReleaseTheObjectOfALeaseWhenItCloses"),
                PoolFault.of(
                        "ends a lease as often as threads close it at once",
                        RacyLease::new,
                        "rule03_mustEndALeaseOnceThoughManyThreadsCloseIt"),
                PoolFault.of("throws where it may lease nothing", ThrowingTry::new, "rule04_mustLeaseAsItAcquires"),
                PoolFault.of("does not wait for a lease", ImpatientLease::new, "rule04_mustLeaseAsItAcquires"),
                PoolFault.of("counts a time in a long", Overflowing::new, "rule04_mustTakeATimeOfAnyLength"),
                PoolFault.of(
                        "tells the last listener only",
                        TellingTheLast::new,
                        "listener_mustBeToldUntilItsRegistrationIsClosed",
                        "listener_mustBeToldThoughAnotherThrows"),
                PoolFault.of(
                        "never ends a listening",
                        TellingForEver::new,
                        "listener_mustBeToldUntilItsRegistrationIsClosed"),
                PoolFault.of(
                        "ends another listening when a registration is closed again",
                        EndingAnother::new,
                        "listener_mustBeToldUntilItsRegistrationIsClosed"),
                PoolFault.of(
                        "loses a place when the factory throws",
                        LosingPlaces::new,
                        "rule02_mustPassOnWhatTheFactoryThrows",
                        "faults_mustLoseNothingIfTheFactoryThrows",
                        "rule04_mustWakeTheNextCallerWhenTheFactoryFailsForTheFirst"),
                PoolFault.of(
                        "loses an object whose acquire is not told",
                        Losing::new,
                        "faults_mustLoseNothingIfAListenerThrows"),
                PoolFault.of(
                        "wakes no one that waits",
                        NeverWaking::new,
                        "rule04_mustGiveAWaitingCallerWhatIsReleased",
                        "rule04_mustGiveAWaitingCallerANewObjectWhenTheReleasedOneIsBad",
                        "rule05_mustEndTheWaitOfCallersWhenItCloses"),
                PoolFault.of(
                        "does not wait",
                        Impatient::new,
                        "rule04_mustGiveAWaitingCallerWhatIsReleased",
                        "rule04_mustLetAWaitingCallerBeInterrupted"),
                PoolFault.of("does not shrink", NeverShrinking::new, "rule04_mustFollowAChangeOfItsBound"),
                PoolFault.of(
                        "keeps idle objects when it closes",
                        KeepingOnClose::new,
                        "rule05_mustRefuseToHandOutAfterClose",
                        "rule05_mustDestroyWhatIsIdleWhenItCloses"),
                PoolFault.of("hands out after it was closed", NeverClosed::new, "rule05_mustRefuseToHandOutAfterClose"),
                PoolFault.of(
                        "does not say that it is closed", SilentlyClosed::new, "rule05_mustRefuseToHandOutAfterClose"),
                PoolFault.of(
                        "holds its lock while it makes and resets objects",
                        Locking::new,
                        "progress_mustNotWaitForAThreadThatMakesAnObject",
                        "progress_mustNotWaitForAThreadThatResetsAnObject",
                        "progress_mustNotWaitForAThreadThatDestroysAnObject"),
                PoolFault.of(
                        "forgets releases and finds them again",
                        Forgetting::new,
                        "statistics_mustTellNoCounterLowerThanBeforeAndNoFigureBelowZeroWhileThreadsComeAndGo"),
                PoolFault.of(
                        "counts one too many",
                        Miscounting::new,
                        "statistics_mustEqualWhatWasDone",
                        "rule01_mustHandAnObjectToOneOfManyThreadsAtATime"));
    }

    /** Every second caller gets the object of the caller before it. */
    private static final class Sharing<T> extends HonestPool<T> {
        private @Nullable T last;

        Sharing(PoolConfig<T> config) {
            super(config);
        }

        @Override
        public @Nullable T tryAcquire() {
            T shared = last;
            last = shared == null ? super.tryAcquire() : null;
            return shared == null ? last : shared;
        }
    }

    private static final class PerThread<T> extends HonestPool<T> {
        private final ThreadLocal<HonestPool<T>> own = ThreadLocal.withInitial(() -> new HonestPool<>(config));

        PerThread(PoolConfig<T> config) {
            super(config);
        }

        @Override
        public @Nullable T tryAcquire() {
            return own.get().tryAcquire();
        }

        @Override
        public void release(T object) {
            own.get().release(object);
        }
    }

    private static final class Swallowing<T> extends HonestPool<T> {
        Swallowing(PoolConfig<T> config) {
            super(config);
        }

        @Override
        public void release(T object) {
            try {
                super.release(object);
            } catch (InvalidReleaseException e) {
                // ignored on purpose
            }
        }
    }

    private static final class Equating<T> extends HonestPool<T> {
        Equating(PoolConfig<T> config) {
            super(config);
        }

        @Override
        Set<T> newSet() {
            return new HashSet<>();
        }
    }

    private static final class SloppyLease<T> extends HonestPool<T> {
        SloppyLease(PoolConfig<T> config) {
            super(config);
        }

        @Override
        public Lease<T> lease() {
            Lease<T> honest = super.lease();
            return new Lease<>() {
                @Override
                public T get() {
                    return honest.get();
                }

                @Override
                public void close() {
                    try {
                        honest.close();
                    } catch (InvalidReleaseException e) {
                        // ignored on purpose
                    }
                }
            };
        }
    }

    private static final class EndlessLease<T> extends HonestPool<T> {
        EndlessLease(PoolConfig<T> config) {
            super(config);
        }

        @Override
        public Lease<T> lease() {
            T object = acquire();
            return new Lease<>() {
                @Override
                public T get() {
                    return object;
                }

                @Override
                public void close() {}
            };
        }
    }

    /** A lease for one thread only, of a pool that does not check its leases. */
    private static final class RacyLease<T> extends HonestPool<T> {
        RacyLease(PoolConfig<T> config) {
            super(config);
        }

        @Override
        public void release(T object) {
            try {
                super.release(object);
            } catch (InvalidReleaseException e) {
                // ignored on purpose
            }
        }

        @Override
        public Lease<T> lease() {
            AtomicReference<@Nullable T> leased = new AtomicReference<>(acquire());
            return new Lease<>() {
                @Override
                public T get() {
                    return Objects.requireNonNull(leased.get());
                }

                @Override
                public void close() {
                    T object = leased.get();
                    if (object == null) {
                        throw new InvalidReleaseException("The lease was closed before");
                    }
                    LockSupport.parkNanos(1_000);
                    RacyLease.this.release(object);
                    leased.set(null);
                }
            };
        }
    }

    private static final class ThrowingTry<T> extends HonestPool<T> {
        ThrowingTry(PoolConfig<T> config) {
            super(config);
        }

        @Override
        public Lease<T> tryLease() {
            return lease();
        }
    }

    private static final class ImpatientLease<T> extends HonestPool<T> {
        ImpatientLease(PoolConfig<T> config) {
            super(config);
        }

        @Override
        public Lease<T> lease(Duration timeout) {
            return lease();
        }
    }

    private static final class Overflowing<T> extends HonestPool<T> {
        Overflowing(PoolConfig<T> config) {
            super(config);
        }

        @Override
        public T acquire(Duration timeout) throws InterruptedException {
            return super.acquire(Duration.ofNanos(timeout.toNanos()));
        }
    }

    private static final class TellingTheLast<T> extends HonestPool<T> {
        TellingTheLast(PoolConfig<T> config) {
            super(config);
        }

        @Override
        public Registration listen(PoolListener<? super T> listener) {
            listeners.clear();
            return super.listen(listener);
        }
    }

    private static final class TellingForEver<T> extends HonestPool<T> {
        TellingForEver(PoolConfig<T> config) {
            super(config);
        }

        @Override
        public Registration listen(PoolListener<? super T> listener) {
            Registration _ = super.listen(listener);
            return () -> {};
        }
    }

    private static final class EndingAnother<T> extends HonestPool<T> {
        EndingAnother(PoolConfig<T> config) {
            super(config);
        }

        @Override
        public Registration listen(PoolListener<? super T> listener) {
            listeners.add(new Told<>(listener));
            return () -> listeners.remove(new Told<>(listener));
        }
    }

    private static final class LosingPlaces<T> extends HonestPool<T> {
        LosingPlaces(PoolConfig<T> config) {
            super(config);
        }

        @Override
        synchronized void acquired(@Nullable T object, boolean missed) {
            if (object != null) {
                super.acquired(object, missed);
            }
        }
    }

    private static final class Losing<T> extends HonestPool<T> {
        Losing(PoolConfig<T> config) {
            super(config);
        }

        @Override
        void takeBack(T object) {}
    }

    private static final class NeverWaking<T> extends HonestPool<T> {
        NeverWaking(PoolConfig<T> config) {
            super(config);
        }

        @Override
        void wake() {}
    }

    private static final class Impatient<T> extends HonestPool<T> {
        Impatient(PoolConfig<T> config) {
            super(config);
        }

        @Override
        public T acquire(Duration timeout) {
            return acquire();
        }
    }

    private static final class NeverShrinking<T> extends HonestPool<T> {
        NeverShrinking(PoolConfig<T> config) {
            super(config);
        }

        @Override
        public void setMaxIdle(int newMaxIdle) {
            super.setMaxIdle(Math.max(newMaxIdle, maxIdle()));
        }
    }

    private static final class KeepingOnClose<T> extends HonestPool<T> {
        private boolean closed;

        KeepingOnClose(PoolConfig<T> config) {
            super(config);
        }

        @Override
        public synchronized void close() {
            closed = true;
        }

        @Override
        public @Nullable T tryAcquire() {
            if (closed) {
                throw new IllegalStateException("The pool is closed");
            }
            return super.tryAcquire();
        }
    }

    private static final class NeverClosed<T> extends HonestPool<T> {
        NeverClosed(PoolConfig<T> config) {
            super(config);
        }

        @Override
        synchronized void requireOpen() {}
    }

    private static final class SilentlyClosed<T> extends HonestPool<T> {
        SilentlyClosed(PoolConfig<T> config) {
            super(config);
        }

        @Override
        public synchronized boolean isClosed() {
            return false;
        }
    }

    private static final class Locking<T> extends HonestPool<T> {
        Locking(PoolConfig<T> config) {
            super(config);
        }

        @Override
        public synchronized @Nullable T tryAcquire() {
            return super.tryAcquire();
        }

        @Override
        public synchronized void release(T object) {
            super.release(object);
        }
    }

    private static final class Forgetting<T> extends HonestPool<T> {
        private long snapshots;

        Forgetting(PoolConfig<T> config) {
            super(config);
        }

        @Override
        public synchronized PoolStats stats() {
            PoolStats stats = super.stats();
            return new PoolStats(
                    stats.idle(),
                    stats.live(),
                    stats.created(),
                    stats.retrieved(),
                    Math.max(0, stats.returned() - ++snapshots % 2),
                    stats.discarded(),
                    stats.misses());
        }
    }

    private static final class Miscounting<T> extends HonestPool<T> {
        Miscounting(PoolConfig<T> config) {
            super(config);
        }

        @Override
        public synchronized PoolStats stats() {
            PoolStats stats = super.stats();
            return new PoolStats(
                    stats.idle(),
                    stats.live(),
                    stats.created(),
                    stats.retrieved() + 1,
                    stats.returned(),
                    stats.discarded(),
                    stats.misses());
        }
    }
}
