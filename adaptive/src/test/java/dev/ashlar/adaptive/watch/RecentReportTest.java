package dev.ashlar.adaptive.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.spi.AllocatorConfig;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RecentReportTest {

    private final AtomicLong nanos = new AtomicLong(-50); // the system's begin anywhere
    private final AtomicInteger made = new AtomicInteger();

    @Test
    void mustMakeOneReportForAllFiguresOfAMomentAndKeepTheLastOne() {
        AdaptiveAllocator allocator = AdaptiveAllocator.create(AllocatorConfig.defaults());
        RecentReport reports = new RecentReport(
                () -> {
                    made.incrementAndGet();
                    return allocator.report();
                },
                nanos::get);
        AdaptiveReport first = reports.now().orElseThrow();
        nanos.addAndGet(RecentReport.MOMENT.toNanos() - 1);
        assertThat(reports.latest()).isSameAs(first);
        nanos.incrementAndGet();
        AdaptiveReport second = reports.now().orElseThrow();
        assertThat(second).isNotSameAs(first);
        assertThat(made).hasValue(2);
        allocator.close();
        nanos.addAndGet(RecentReport.MOMENT.toNanos());
        assertThat(reports.now()).isEmpty();
        assertThat(reports.latest()).isSameAs(second);
    }
}
