package dev.ashlar.adaptive.micrometer;

import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.watch.RecentReport;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Reports for tests. */
final class Reports {

    private Reports() {}

    /** A clock by which a second passes between any two readings. */
    static RecentReport alwaysNew(AdaptiveAllocator allocator) {
        AtomicLong seconds = new AtomicLong();
        return new RecentReport(
                allocator::report,
                () -> Duration.ofSeconds(seconds.incrementAndGet()).toNanos());
    }
}
