package dev.ashlar.api.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.tuple;

import com.example.Leaks;
import dev.ashlar.api.InvalidReleaseException;
import dev.ashlar.api.Lease;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.PoolListener;
import dev.ashlar.api.PoolStats;
import dev.ashlar.api.Registration;
import dev.ashlar.api.SupervisedPool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TrackingPoolTest {

    private final SimplePool upstream = new SimplePool();
    private final SupervisedPool<StringBuilder> pool = Tracking.builder()
            .objectsPerSample(Tracking.ALL)
            .name("builders")
            .build()
            .owning(upstream);
    private final Tracked tracked = (Tracked) pool;

    /** Makes each object, and keeps none. */
    private static final class SimplePool implements SupervisedPool<StringBuilder> {

        @Nullable RuntimeException failure;

        boolean closed;

        @Override
        public StringBuilder acquire() {
            return new StringBuilder();
        }

        @Override
        public StringBuilder tryAcquire() {
            return acquire();
        }

        @Override
        public StringBuilder acquire(Duration timeout) {
            return acquire();
        }

        @Override
        public void release(StringBuilder object) {
            if (failure != null) {
                throw failure;
            }
        }

        @Override
        public int maxIdle() {
            return 0;
        }

        @Override
        public void setMaxIdle(int maxIdle) {}

        @Override
        public PoolStats stats() {
            return PoolStats.ZERO;
        }

        @Override
        public int tidy() {
            return 0;
        }

        @Override
        public Registration listen(PoolListener<? super StringBuilder> listener) {
            return () -> {};
        }

        @Override
        public void track(PoolConfig.Tracking tracking) {}

        @Override
        public boolean isClosed() {
            return closed;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    @Test
    void mustFindWhatWasNotReleased() throws InterruptedException {
        List<Object> kept = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            kept.add(Leaks.call(0, _ -> pool.acquire(), 0));
        }
        kept.add(Leaks.call(1, _ -> pool.lease(), 0));
        pool.release(pool.acquire(Duration.ZERO));
        try (Lease<StringBuilder> lease = pool.lease()) {
            lease.get().append("released");
        }

        TrackingReport report = tracked.report();

        assertThat(kept).hasSize(4);
        assertThat(report.kind()).isEqualTo(TrackingReport.Kind.OBJECTS);
        assertThat(report.liveBytes()).isZero();
        assertThat(report.liveSites())
                .extracting(
                        TrackingReport.Site::liveBlocks,
                        site -> site.frames().getFirst().getClassName())
                .containsExactly(tuple(3L, "com.example.Leaks$First"), tuple(1L, "com.example.Leaks$Second"));
        assertThat(report.text()).startsWith("'builders' has 4 live objects\n  3 objects, the ");
    }

    @Test
    void mustKeepWhatThePoolRefuses() {
        StringBuilder object = pool.acquire();
        upstream.failure = new InvalidReleaseException("no");
        assertThatExceptionOfType(InvalidReleaseException.class).isThrownBy(() -> pool.release(object));
        assertThat(tracked.report().liveBlocks()).isEqualTo(1);

        upstream.failure = new IllegalStateException("of a listener, after the release");
        assertThatIllegalStateException().isThrownBy(() -> pool.release(object));
        assertThat(tracked.report().liveBlocks()).isZero();
    }

    @Test
    void mustSayWhichObjectIsUnreachable() throws InterruptedException {
        StringBuilder kept = Leaks.call(0, _ -> pool.acquire(), 0);
        Leaks.call(1, _ -> pool.lease(), 0).get().append("dropped with its lease");

        List<TrackedBlock> unreachable = new ArrayList<>();
        for (int i = 0; i < 200 && unreachable.isEmpty(); i++) {
            System.gc();
            Thread.sleep(10);
            tracked.blocks(object -> {
                if (object.unreachable()) {
                    unreachable.add(object);
                }
            });
        }

        assertThat(unreachable)
                .singleElement()
                .satisfies(object ->
                        assertThat(object.frames().getFirst().getClassName()).isEqualTo("com.example.Leaks$Second"));
        assertThat(tracked.report().liveBlocks()).isEqualTo(2);
        pool.release(kept);
    }

    @Test
    void mustCloseThePoolUnderneath() {
        pool.close();
        assertThat(upstream.closed).isTrue();
    }
}
