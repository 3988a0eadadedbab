package dev.ashlar.verification.shown;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.api.compose.Tracked;
import dev.ashlar.api.compose.Tracking;
import dev.ashlar.api.compose.TrackingGrowth;
import dev.ashlar.api.compose.TrackingReport;
import dev.ashlar.slab.Slab;
import dev.ashlar.spi.PoolProviders;
import dev.ashlar.testkit.LeakLog;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Code on tracking. */
class TrackingCodeTest {

    private final LeakLog log = new LeakLog();
    private final Allocator root = Slab.allocator();
    private final AtomicReference<Instant> time = new AtomicReference<>(Instant.EPOCH);

    @AfterEach
    void close() {
        root.close();
        log.close();
    }

    @Test
    void tracking() {
        // @start region="tracking"
        Tracking tracking =
                Tracking.builder().name("cache").bytesPerSample(1 << 20).build();
        Allocator cache = Allocators.tracking(root, tracking);
        Tracked tracked = cache.as(Tracked.class).orElseThrow();
        MemorySegment page = cache.allocate(4096, 8);
        System.out.println(tracked.reportOlderThan(Duration.ofMinutes(10)).text());
        cache.free(page);
        cache.close(); // logs the live blocks and their places
        // @end
        assertThat(tracked.report().liveBlocks()).isZero();
    }

    @Test
    void growth() {

        Tracking tracking = Tracking.builder().clock(time::get).build();
        Tracked tracked = Allocators.tracking(root, tracking).as(Tracked.class).orElseThrow();
        // @start region="growth"
        TrackingReport before = tracked.report();
        waitAMinute();
        TrackingGrowth growth = tracked.report().since(before);
        for (TrackingGrowth.Site site : growth.sites()) {
            System.out.println(
                    site.growthBytesPerSecond() + " bytes/s: " + site.site().frames());
        }
        // @end
        assertThat(growth.duration()).isEqualTo(Duration.ofMinutes(1));
    }

    private void waitAMinute() {
        time.updateAndGet(now -> now.plusSeconds(60));
    }

    @Test
    void pool() {
        // @start region="pool"
        Tracking every = Tracking.builder().objectsPerSample(Tracking.ALL).build();
        Pool<StringBuilder> builders = every.owning(PoolProviders.standard().create(PoolConfig.of(StringBuilder::new)));
        // @end
        builders.release(builders.acquire());
        assertThat(((Tracked) builders).report().liveBlocks()).isZero();
        builders.close();
    }
}
