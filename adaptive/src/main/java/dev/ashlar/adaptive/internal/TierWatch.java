package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Retention;
import dev.ashlar.spi.StrategySettings;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Watches one tier, or one sub-allocator that hints asked for, and decides how much idle memory it may keep. For the
 * housekeeping thread; a report is for any thread.
 *
 * <p>Two things bound what is kept. The <em>retained bytes</em> are what the {@link RetentionPolicy} grants: it grows
 * while requests go upstream too often, and shrinks when less than half of it is used. Within it, what is <em>kept</em>
 * decays along the {@link DecayCurve} while nobody comes back for it. A load that comes and goes between two passes is
 * not seen in the figures; but it has to take anew what decay gave back, and then that much stays for a while.
 */
final class TierWatch {

    private final SubAllocator sub;
    private final StrategySettings settings;
    private final EventLog events;
    private final RetentionPolicy policy;
    private final SlidingWindow window;
    private final @Nullable DecayCurve curve;

    private volatile long retained;
    private volatile long kept;
    private volatile double hitRate = 1;
    private volatile long requests;
    private volatile long inUse;
    private long allocatedBytes;
    private long totalMisses;

    /** What decay may not take, because it was missed when it was gone. */
    private long missed;

    private Instant missedSeen = Instant.MIN;

    /** What went back and was not missed yet. */
    private long returned;

    TierWatch(SubAllocator sub, long retained, StrategySettings settings, EventLog events) {
        this.sub = sub;
        this.settings = settings;
        this.events = events;
        this.policy = new RetentionPolicy(settings);
        this.window = policy.window;
        Duration decay = settings.get(AdaptiveSettings.DECAY);
        this.curve = decay.isZero() ? null : new DecayCurve(decay.toNanos());
        this.retained = retained;
        this.kept = retained;
    }

    /** Whether what is kept can be changed; blocks that are chunks of their own keep nothing, and never hit. */
    boolean isAdaptable() {
        return sub.retention != null;
    }

    double hitRate() {
        return hitRate;
    }

    /** How many requests the hit rate is about. */
    long requests() {
        return requests;
    }

    /** What is kept ready at most. */
    long retainedBytes() {
        return retained;
    }

    /** What live blocks took at the last pass. */
    long allocatedBytes() {
        return allocatedBytes;
    }

    /** Someone else has set how much is retained. */
    void setRetained(long retained) {
        this.retained = retained;
        if (isAdaptable()) {
            apply(retained);
        }
    }

    /** Reads the figures and decides. */
    void pass(Instant now) {
        AllocatorStats stats = sub.allocator.stats();
        allocatedBytes = stats.allocatedBytes();
        boolean hadMisses = stats.misses() > totalMisses;
        totalMisses = stats.misses();
        window.add(stats.allocations(), stats.misses(), allocatedBytes);
        requests = window.requests();
        hitRate = requests == 0 ? hitRate : window.hitRate();
        inUse = window.swing();
        if (isAdaptable()) {
            learn(now, hadMisses);
            long decided = policy.retainedFor(now, retained, inUse);
            if (decided != retained) {
                resizeTo(decided, now);
            }
            decideKept(now);
        } else if (curve != null) {
            trimIdle(now, curve);
        }
    }

    /** Notes what was too small: what went back and had to be taken again. */
    private void learn(Instant now, boolean hadMisses) {
        long peak = sub.takePeakCommitted();
        returned += sub.takeReturned();
        long needed = Math.min(Math.min(returned, peak - allocatedBytes), settings.get(AdaptiveSettings.MOST_RETAINED));
        if (hadMisses
                && needed > missed
                && retained > 0) { // who configures that nothing is retained wants nothing kept
            missed = needed;
            missedSeen = now;
            returned = 0;
            policy.wasTooSmall(now, needed);
            if (needed > retained) {
                resizeTo(needed, now);
            }
        } else if (RetentionPolicy.isLongAgo(missedSeen, now)) {
            missed = 0;
        }
    }

    private void resizeTo(long next, Instant now) {
        events.decided(new AllocatorEvent.RetentionChanged(now, "tier " + sub.name, retained, next, hitRate, inUse));
        retained = next;
        policy.resized(now);
    }

    /**
     * Gives back what is idle beyond what the curve keeps. After that as much may be idle as is in use now: the load
     * may free all of it before the next pass, and only then its time begins to run.
     */
    private void decideKept(Instant now) {
        if (curve == null) {
            apply(retained);
            return;
        }
        long idle = Math.max(missed, idleBytesToKeep(curve, now));
        long before = sub.committedBytes();
        if (before - allocatedBytes > idle) {
            apply(Math.min(retained, idle));
        }
        apply(Math.min(retained, idle + allocatedBytes));
        tellReturned(now, before, Math.min(retained, idle));
    }

    /** Gives back all that is idle when it is more than the curve keeps, where it cannot be told to keep some of it. */
    private void trimIdle(Instant now, DecayCurve decay) {
        long before = sub.committedBytes();
        if (before - allocatedBytes > idleBytesToKeep(decay, now)) {
            sub.allocator.trim();
            tellReturned(now, before, 0);
        }
    }

    private long idleBytesToKeep(DecayCurve decay, Instant now) {
        return decay.idleBytesToKeep(Math.multiplyExact(now.toEpochMilli(), 1_000_000L), allocatedBytes);
    }

    private void tellReturned(Instant now, long committedBefore, long keeps) {
        long given = committedBefore - sub.committedBytes();
        if (given > 0) {
            events.decided(new AllocatorEvent.IdleReturned(now, sub.name, given, keeps));
        }
    }

    private void apply(long bytes) {
        kept = bytes;
        Retention retention = Objects.requireNonNull(sub.retention);
        if (retention.retainedBytes() != bytes) {
            retention.retain(bytes);
        }
    }

    /**
     * The figures of a tier.
     *
     * @param isDetailed also of each size class, and of free runs, by walks over all memory
     */
    AdaptiveReport.Tier report(boolean isDetailed) {
        return new AdaptiveReport.Tier(
                sub.name,
                sub.strategy.name(),
                sub.upTo,
                retained,
                kept,
                hitRate,
                inUse,
                policy.resizes.get(),
                sub.allocator.stats(),
                sub.table(),
                isDetailed ? sub.classes() : List.of(),
                isDetailed && sub.inspectable != null ? sub.inspectable.externalFragmentation() : 0);
    }
}
