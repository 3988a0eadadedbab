package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.adaptive.AllocatorEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whether large blocks are asked for often enough that memory is kept ready for them.
 *
 * <p>A strategy takes regions for large blocks that are larger than these, and keeps what is freed. Where they come
 * often that saves a call to the source each. Where they come rarely it saves nothing that anybody would notice, and of
 * a heap of a few megabytes the regions are a tenth: then each block is a chunk of its own, exactly as large as it is.
 *
 * <p>Both ways serve at any time, and blocks find back by their address; so a flag changes between them.
 */
final class LargeRequests {

    /**
     * Blocks above this are large: what a chunk of their own is more than they need, up to a page, is little for them.
     */
    static final long LARGE = 64 * 1024;

    /**
     * With so many requests in an interval, by default a second, they are frequent from then on. Chunks of their own
     * for fewer cost a few thousandths of the time.
     */
    static final int FREQUENT = 32;

    /** With no more than this they are rare again. */
    static final int RARE = FREQUENT / 4;

    private final String tier;
    private final String strategy;
    private final Duration interval;
    private final EventLog events;
    private final AtomicInteger requests = new AtomicInteger();
    private volatile boolean frequent;

    /** For the housekeeping thread. */
    private Instant since;

    /**
     * Requests that are rare at first.
     *
     * @param tier serves them if they are frequent
     * @param interval the time in which they are counted
     */
    LargeRequests(SubAllocator tier, Duration interval, EventLog events) {
        this.tier = tier.name;
        this.strategy = tier.strategy.name();
        this.interval = interval;
        this.events = events;
        this.since = events.now();
    }

    /** Counts a request, and says whether it is to be a chunk of its own. */
    boolean isRare() {
        if (requests.incrementAndGet() > FREQUENT && !frequent) {
            become(true, events.now());
        }
        return !frequent;
    }

    /** Looks at how many there were. */
    void pass(Instant now) {
        Duration passed = Duration.between(since, now);
        if (passed.compareTo(interval) < 0) {
            return;
        }
        since = now;
        double perInterval = (double) requests.getAndSet(0) * interval.toNanos() / passed.toNanos();
        if (frequent && perInterval <= RARE) {
            become(false, now);
        }
    }

    private synchronized void become(boolean isFrequent, Instant now) {
        if (frequent != isFrequent) {
            frequent = isFrequent;
            events.decided(new AllocatorEvent.LargeBlocksRerouted(now, tier, isFrequent ? strategy : Adaptive.DIRECT));
        }
    }
}
