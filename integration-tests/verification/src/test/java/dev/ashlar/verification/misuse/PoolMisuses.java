package dev.ashlar.verification.misuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.InvalidReleaseException;
import dev.ashlar.api.Lease;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.PoolConfig.Tracking;
import dev.ashlar.api.PoolExhaustedException;
import dev.ashlar.lockfree.LockFreePools;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Wrong use of object pools. */
final class PoolMisuses {

    private PoolMisuses() {}

    private static final int MAX_LIVE = 4;

    /** One wrong use of a pool. */
    record OfPool(
            String what, Class<? extends Throwable> exception, String message, Tracking tracking, Program program) {

        String finding() {
            return exception.getSimpleName();
        }

        @Override
        public String toString() {
            return what;
        }
    }

    /** Prepares a misuse, and returns the operation that is the misuse. */
    interface Program {
        ThrowingCallable on(Pool<StringBuilder> pool);
    }

    static final List<OfPool> ALL = List.of(
            tracked("release an object twice", "was released before", pool -> {
                StringBuilder object = pool.acquire();
                pool.release(object);
                return () -> pool.release(object);
            }),
            tracked(
                    "release an object that the pool did not make",
                    "is no object of this pool",
                    pool -> () -> pool.release(new StringBuilder())),
            tracked("release an object of another pool", "is no object of this pool", pool -> {
                Pool<StringBuilder> other = pool(Tracking.IDENTITY);
                StringBuilder object = other.acquire();
                return () -> pool.release(object);
            }),
            untracked("release null", NullPointerException.class, "", PoolMisuses::releasingNull),
            untracked("close a lease twice", InvalidReleaseException.class, "was closed before", pool -> {
                Lease<StringBuilder> lease = pool.lease();
                lease.close();
                return lease::close;
            }),
            untracked("get the object of a closed lease", IllegalStateException.class, "The lease is closed", pool -> {
                Lease<StringBuilder> lease = pool.lease();
                lease.close();
                return lease::get;
            }),
            untracked("acquire one object too many", PoolExhaustedException.class, "All 4 objects", pool -> {
                List<StringBuilder> objects = List.of(pool.acquire(), pool.acquire(), pool.acquire(), pool.acquire());
                return () -> {
                    try {
                        pool.acquire();
                    } finally {
                        objects.forEach(pool::release);
                    }
                };
            }),
            untracked(
                    "keep -1 idle objects",
                    IllegalArgumentException.class,
                    "maxIdle is -1, must be 0",
                    pool -> () -> pool.setMaxIdle(-1)),
            untracked("acquire from a closed pool", IllegalStateException.class, "closed", pool -> {
                pool.close();
                return pool::acquire;
            }),
            untracked("try to acquire from a closed pool", IllegalStateException.class, "closed", pool -> {
                pool.close();
                return pool::tryAcquire;
            }),
            untracked("lease from a closed pool", IllegalStateException.class, "closed", pool -> {
                pool.close();
                return pool::lease;
            }),
            untracked("change a closed pool", IllegalStateException.class, "closed", pool -> {
                pool.close();
                return () -> pool.setMaxIdle(3);
            }));

    static Pool<StringBuilder> pool(Tracking tracking) {
        return LockFreePools.create(PoolConfig.<StringBuilder>builder(StringBuilder::new)
                .reset(text -> text.setLength(0))
                .maxLive(MAX_LIVE)
                .tracking(tracking)
                .build());
    }

    /** As many objects as before can be acquired, all different. */
    static void assertWorks(Pool<StringBuilder> pool) {
        List<StringBuilder> objects = List.of(pool.acquire(), pool.acquire(), pool.acquire(), pool.acquire());
        for (int i = 0; i < MAX_LIVE; i++) {
            for (int j = 0; j < i; j++) {
                assertThat(objects.get(i)).isNotSameAs(objects.get(j));
            }
        }
        assertThat(pool.tryAcquire()).isNull();
        objects.forEach(pool::release);
        assertThat(pool.stats().live()).isZero();
    }

    private static OfPool tracked(String what, String message, Program program) {
        return new OfPool(what, InvalidReleaseException.class, message, Tracking.IDENTITY, program);
    }

    private static OfPool untracked(
            String what, Class<? extends Throwable> exception, String message, Program program) {
        return new OfPool(what, exception, message, Tracking.OFF, program);
    }

    @SuppressWarnings("NullAway") // the misuse
    private static ThrowingCallable releasingNull(Pool<StringBuilder> pool) {
        return () -> pool.release(null);
    }
}
