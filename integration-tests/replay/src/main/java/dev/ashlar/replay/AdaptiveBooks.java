package dev.ashlar.replay;

import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.spi.AllocatorConfig;
import java.time.Duration;
import java.util.List;

/** The books of the adaptive strategy, which makes its passes here, in the time of the trace. */
final class AdaptiveBooks extends StrategyBooks {

    private final AdaptiveAllocator adaptive;
    private final TraceClock clock;

    private AdaptiveBooks(AdaptiveAllocator adaptive, CountingSource source, TraceClock clock) {
        super(adaptive, source);
        this.adaptive = adaptive;
        this.clock = clock;
    }

    /** Makes an allocator with the defaults, except that the replay runs the passes. */
    static AdaptiveBooks open() {
        CountingSource source = new CountingSource(AllocatorConfig.defaults().source());
        AllocatorConfig given = AllocatorConfig.from(System.getProperties());
        Adaptive.Builder settings = Adaptive.builder().housekeeping(Adaptive.Housekeeping.MANUAL);
        TraceClock clock = new TraceClock();
        AllocatorConfig config =
                given.toBuilder().source(source).settings(settings).build();
        return new AdaptiveBooks(AdaptiveAllocator.create(config, clock), source, clock);
    }

    @Override
    public void watch() {
        clock.advance(Duration.ofMillis(Accounting.WATCH_INTERVAL));
        adaptive.housekeep();
    }

    @Override
    public List<String> explanation() {
        return adaptive.report().history().stream()
                .map(event -> event.time() + " " + event.describe())
                .toList();
    }
}
