package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.adaptive.AllocatorEvent;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whether large blocks are requested so often that memory is retained for them.
 *
 * <p>A strategy takes regions that are larger than the large blocks, and retains freed memory. If large blocks are
 * frequent, this saves a call to the source for each. If they are rare, it saves little, and in a heap of a few
 * megabytes the regions are a tenth. Then each block is a chunk of exactly its size.
 *
 * <p>Both ways work at any time, and a block is freed by its address, so a flag switches between them.
 */
final class LargeRequests {

    /**
     * Blocks above this are large. A chunk of their own is up to a page larger, which is little for them.
     */
    static final long LARGE = 64 * 1024;

    /**
     * With this many requests in an interval, by default a second, they become frequent. For fewer requests, chunks of
     * their own cost a few thousandths of the time.
     */
    static final int FREQUENT = 32;

    /** With this many or fewer they become rare again. */
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
     * Starts with rare requests.
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

    /** Counts a request, and returns whether it should be a chunk of its own. */
    boolean isRare() {
        if (requests.incrementAndGet() > FREQUENT && !frequent) {
            become(true, events.now());
        }
        return !frequent;
    }

    /** Checks how many there were. */
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
