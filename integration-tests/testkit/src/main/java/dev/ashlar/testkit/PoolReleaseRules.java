package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.ashlar.api.InvalidReleaseException;
import dev.ashlar.api.Lease;
import dev.ashlar.api.PoolStats;
import dev.ashlar.testkit.PoolLimits.SeenReleases;
import dev.ashlar.testkit.TestThread.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Rule 3 of pools: an object is released once, to the pool it came from. */
interface PoolReleaseRules extends PoolUnderTestFactory {

    @Test
    default void rule03_mustRefuseAnObjectReleasedTwice() {
        assumeFalse(
                declaredLimits().seenReleases() == SeenReleases.NONE,
                "limits() declares that invalid releases are not seen");
        try (PoolUnderTest subject = pool()) {
            List<PooledObject> objects = subject.acquireMany(5);
            subject.release(objects.get(2));
            assertRefused(subject, objects.get(2));
            assertRefused(subject, objects.get(2));
            objects.remove(2);
            subject.releaseMany(objects);
            subject.acquireMany(5); // five different ones
            assertThat(subject.made()).hasSize(5);
        }
    }

    @Test
    default void rule03_mustRefuseAnObjectOfAnotherPool() {
        assumeFalse(
                declaredLimits().seenReleases() == SeenReleases.NONE,
                "limits() declares that invalid releases are not seen");
        try (PoolUnderTest subject = pool();
                PoolUnderTest other = pool()) {
            subject.release(subject.acquire());
            PooledObject foreign = other.acquire();
            assertRefused(subject, foreign);
            assertRefused(subject, new PooledObject(-1));
            other.release(foreign);
        }
    }

    private static void assertRefused(PoolUnderTest subject, PooledObject object) {
        PoolStats before = subject.pool().stats();
        assertThatExceptionOfType(InvalidReleaseException.class)
                .isThrownBy(() -> subject.pool().release(object));
        assertThat(subject.pool().stats()).as("figures after a refused release").isEqualTo(before);
        assertThat(object.destructions()).isZero();
    }

    @Test
    default void rule03_mustLetOneThreadReleaseAnObject() {
        assumeFalse(
                declaredLimits().seenReleases() == SeenReleases.NONE,
                "limits() declares that invalid releases are not seen");
        try (PoolUnderTest subject = pool()) {
            List<PooledObject> objects = subject.acquireMany(200);
            objects.forEach(PooledObject::letGo);
            AtomicInteger refused = new AtomicInteger();
            TestThread.together(Kind.PLATFORM, 3, number -> {
                for (PooledObject object : objects) {
                    try {
                        subject.pool().release(object);
                    } catch (InvalidReleaseException e) {
                        refused.incrementAndGet();
                    }
                }
            });
            assertThat(refused).as("releases refused, of three for each object").hasValue(2 * objects.size());
            PoolStatisticsRules.assertEqualCounts(subject, 0);
        }
    }

    @Test
    default void rule03_mustTellObjectsByIdentity() {
        try (PoolUnderTest subject = pool()) {
            List<PooledObject> objects = subject.acquireMany(10); // all equal, with hash codes that change
            subject.releaseMany(objects.subList(0, 5));
            subject.acquireMany(5);
            subject.releaseMany(objects.subList(5, 10));
            PoolStatisticsRules.assertEqualCounts(subject, 5);
        }
    }

    @Test
    default void rule03_mustReleaseTheObjectOfALeaseWhenItCloses() {
        try (PoolUnderTest subject = pool()) {
            PooledObject object;
            try (Lease<PooledObject> lease = subject.pool().lease()) {
                object = lease.get().hold();
                assertThat(lease.get()).isSameAs(object);
                assertThat(subject.pool().stats().live()).isEqualTo(1);
                object.letGo();
            }
            assertThat(object.isUsed()).isFalse();
            assertThat(subject.pool().stats().live()).isZero();
            assertThat(subject.acquire()).isSameAs(object);
        }
    }

    @Test
    default void rule03_mustRefuseALeaseClosedTwice() {
        try (PoolUnderTest subject = pool()) {
            Lease<PooledObject> lease = subject.pool().lease();
            lease.close();
            assertLeaseRefuses(subject, lease);
            PooledObject object = subject.acquire(); // the same, now with another caller
            assertLeaseRefuses(subject, lease);
            assertThat(subject.acquire()).isNotSameAs(object);
        }
    }

    /** Three threads close every lease, at nearly the same instants. */
    @Test
    default void rule03_mustEndALeaseOnceThoughManyThreadsCloseIt() {
        try (PoolUnderTest subject = pool()) {
            List<Lease<PooledObject>> leases = new ArrayList<>();
            for (int i = 0; i < TestLength.of(2_000, 50_000); i++) {
                leases.add(subject.pool().lease());
            }
            AtomicInteger refused = new AtomicInteger();
            TestThread.together(Kind.PLATFORM, 3, number -> {
                for (Lease<PooledObject> lease : leases) {
                    try {
                        lease.close();
                    } catch (InvalidReleaseException e) {
                        refused.incrementAndGet();
                    }
                }
            });
            assertThat(refused).as("closes refused, of three for each lease").hasValue(2 * leases.size());
            assertThat(subject.pool().stats().returned()).as("returned").isEqualTo(leases.size());
            subject.acquireMany(leases.size()); // each fails if it is held already
        }
    }

    private static void assertLeaseRefuses(PoolUnderTest subject, Lease<PooledObject> lease) {
        PoolStats before = subject.pool().stats();
        assertThatExceptionOfType(InvalidReleaseException.class).isThrownBy(lease::close);
        assertThatIllegalStateException().isThrownBy(lease::get);
        assertThat(subject.pool().stats()).isEqualTo(before);
    }

    @Test
    default void rule03_mustDestroyTheObjectOfALeaseWhoseResetThrows() {
        try (PoolUnderTest subject = pool()) {
            PooledObject bad;
            try (Lease<PooledObject> lease = subject.pool().lease()) {
                bad = lease.get().failReset();
            } catch (PooledObject.PlannedFailure e) {
                bad = subject.made().getFirst();
            }
            assertThat(bad.destructions()).isEqualTo(1);
            assertThat(subject.pool().stats().live()).isZero();
        }
    }
}
