package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AdaptationConfig;
import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.adaptive.CapacityPolicy;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Resizable;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Watches one tier, or one sub-allocator that hints asked for, and decides how much idle memory it may keep. For the housekeeping
 * thread.
 *
 * <p>Two things bound what is kept. The <em>capacity</em> is what the {@link CapacityPolicy} grants: it grows while
 * requests go upstream too often, and shrinks when less than half of it is used. Within it, what is <em>kept</em> decays
 * along the {@link DecayCurve} while nobody comes back for it. A load that comes and goes between two passes is not seen in
 * the figures; but it has to take anew what decay gave back, and then that much stays for a while.
 */
final class TierWatch {

    /** How long it is remembered that a capacity was too small: many times what a load takes to come round. */
    private static final Duration REMEMBERED = Duration.ofMinutes(10);

    private final SubAllocator sub;
    private final AdaptationConfig config;
    private final CapacityPolicy policy;
    private final EventLog events;
    private final SlidingWindow window;
    private final @Nullable DecayCurve curve;

    private volatile long capacity;
    private volatile long kept;
    private volatile double hitRate = 1;
    private volatile long inUse;
    private long allocatedBytes;
    private @Nullable Instant resized;
    private long totalMisses;
    private long tooSmall;
    private Instant tooSmallSeen = Instant.MIN;

    /** What decay may not take, because it was missed when it was gone. */
    private long missed;

    private Instant missedSeen = Instant.MIN;

    /** What went back and was not missed yet. */
    private long returned;

    TierWatch(SubAllocator sub, long capacity, AdaptationConfig config, CapacityPolicy policy, EventLog events) {
        this.sub = sub;
        this.config = config;
        this.policy = policy;
        this.events = events;
        this.window = new SlidingWindow(config.window());
        this.curve =
                config.decay().isZero() ? null : new DecayCurve(config.decay().toNanos());
        this.capacity = capacity;
        this.kept = capacity;
    }

    /** Whether what is kept can be changed; blocks that are chunks of their own keep nothing, and never hit. */
    boolean isAdaptable() {
        return sub.resizable != null;
    }

    String name() {
        return sub.name();
    }

    long capacity() {
        return capacity;
    }

    long kept() {
        return kept;
    }

    double hitRate() {
        return hitRate;
    }

    long inUse() {
        return inUse;
    }

    /** What live blocks took at the last pass. */
    long allocatedBytes() {
        return allocatedBytes;
    }

    /** Someone else has set the capacity. */
    void setCapacity(long capacity) {
        this.capacity = capacity;
        if (isAdaptable()) {
            apply(capacity);
        }
    }

    /** Reads the figures and decides. */
    void pass(Instant now) {
        if (resized == null) {
            resized = now;
        }
        AllocatorStats stats = sub.allocator.stats();
        allocatedBytes = stats.allocatedBytes();
        long missesBefore = totalMisses;
        totalMisses = stats.misses();
        window.add(stats.allocations(), stats.misses(), stats.allocatedBytes());
        hitRate = window.requests() == 0 ? hitRate : window.hitRate();
        inUse = window.swing();
        if (!isAdaptable()) {
            if (curve != null) {
                trimIdle(now, stats, curve);
            }
            return;
        }
        learn(now, stats, totalMisses > missesBefore);
        decideCapacity(now);
        decideKept(now, stats);
    }

    /**
     * Notes what was too small: a capacity at which too many requests went upstream, and memory that went back and had to
     * be taken again.
     */
    private void learn(Instant now, AllocatorStats stats, boolean hadMisses) {
        long peak = sub.takePeakCommitted();
        returned += sub.takeReturned();
        if (window.hitRate() < config.lowHitRate()) {
            tooSmall = Math.max(tooSmall, capacity);
            tooSmallSeen = now;
        } else if (Duration.between(tooSmallSeen, now).compareTo(REMEMBERED) > 0) {
            tooSmall = 0;
        }
        long needed = Math.min(Math.min(returned, peak - stats.allocatedBytes()), config.largestCapacity());
        if (hadMisses && needed > missed && capacity > 0) { // who configures no capacity wants nothing kept
            missed = needed;
            missedSeen = now;
            returned = 0;
            tooSmall = Math.max(tooSmall, needed);
            tooSmallSeen = now;
            if (needed > capacity) {
                resizeTo(needed, now);
            }
        } else if (Duration.between(missedSeen, now).compareTo(REMEMBERED) > 0) {
            missed = 0;
        }
    }

    private void decideCapacity(Instant now) {
        long largest = Math.max(capacity, config.largestCapacity());
        long decided = policy.capacityFor(new CapacityPolicy.Situation(
                window.requests(),
                window.misses(),
                capacity,
                inUse,
                Duration.between(Objects.requireNonNull(resized), now),
                tooSmall,
                largest));
        if (decided != capacity) {
            resizeTo(Math.clamp(decided, 0, largest), now);
        }
    }

    private void resizeTo(long next, Instant now) {
        events.decided(new AllocatorEvent.CapacityResized(now, "tier " + sub.name(), capacity, next, hitRate, inUse));
        capacity = next;
        resized = now;
        window.clear();
    }

    /**
     * Gives back what is idle beyond what the curve keeps. After that as much may be idle as is in use now: the load may free
     * all of it before the next pass, and only then its time begins to run.
     */
    private void decideKept(Instant now, AllocatorStats stats) {
        if (curve == null) {
            apply(capacity);
            return;
        }
        long allocated = stats.allocatedBytes();
        long idle = Math.max(missed, idleBytesToKeep(curve, now, allocated));
        long before = sub.committedBytes();
        if (before - allocated > idle) {
            apply(Math.min(capacity, idle));
        }
        apply(Math.min(capacity, idle + allocated));
        tellReturned(now, before, Math.min(capacity, idle));
    }

    /** Gives back all that is idle when it is more than the curve keeps, where it cannot be told to keep some of it. */
    private void trimIdle(Instant now, AllocatorStats stats, DecayCurve decay) {
        long before = sub.committedBytes();
        if (before - stats.allocatedBytes() > idleBytesToKeep(decay, now, stats.allocatedBytes())) {
            sub.allocator.trim();
            tellReturned(now, before, 0);
        }
    }

    private static long idleBytesToKeep(DecayCurve curve, Instant now, long allocated) {
        return curve.idleBytesToKeep(Math.multiplyExact(now.toEpochMilli(), 1_000_000L), allocated);
    }

    private void tellReturned(Instant now, long committedBefore, long keeps) {
        long given = committedBefore - sub.committedBytes();
        if (given > 0) {
            events.decided(new AllocatorEvent.IdleReturned(now, sub.name(), given, keeps));
        }
    }

    private void apply(long bytes) {
        kept = bytes;
        Resizable resizable = Objects.requireNonNull(sub.resizable);
        if (resizable.capacity() != bytes) {
            resizable.resize(bytes);
        }
    }
}
