package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.spi.StrategySettings;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Watches one tier, or one sub-allocator for hints, and decides how much idle memory it may keep. For the housekeeping
 * thread; a report is for any thread.
 *
 * <p>Two bounds apply. The {@link RetentionPolicy} sets the <em>retained bytes</em>: they grow while requests go
 * upstream too often, and shrink when less than half of them is used. Within that bound, the <em>kept</em> bytes decay
 * along the {@link DecayCurve} while they are unused. The figures do not show a load between two passes. But such a
 * load must take the memory again that decay returned, and then the same number of bytes is kept for a while.
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

    /** Bytes that decay may not take, because they were needed again after they were returned. */
    private long missed;

    private Instant missedSeen = Instant.MIN;

    /** Bytes that were returned and not needed again yet. */
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

    /** Whether the kept bytes can be changed. Blocks that are chunks of their own keep nothing, and never hit. */
    boolean isAdaptable() {
        return sub.retention != null;
    }

    double hitRate() {
        return hitRate;
    }

    /** The number of requests of the hit rate. */
    long requests() {
        return requests;
    }

    /** The most bytes that are kept. */
    long retainedBytes() {
        return retained;
    }

    /** Bytes of live blocks at the last pass. */
    long allocatedBytes() {
        return allocatedBytes;
    }

    /** Called when the user has set the retained bytes. */
    void setRetained(long retained) {
        this.retained = retained;
        if (isAdaptable()) {
            giveBack(retained);
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

    boolean watches(SubAllocator other) {
        return sub == other;
    }

    /** Called when memory that was returned is taken again and again: keeps it, without waiting for the next pass. */
    void keepMore(Instant now) {
        if (isAdaptable() && curve != null) {
            allocatedBytes = sub.allocator.stats().allocatedBytes();
            learn(now, true);
            long most = Math.min(retained, missed + allocatedBytes);
            if (most > kept) {
                keep(most);
            }
        }
    }

    /** Records memory that was returned and had to be taken again. */
    private void learn(Instant now, boolean hadMisses) {
        long peak = sub.takePeakCommitted();
        returned += sub.takeReturned();
        long needed = Math.min(Math.min(returned, peak - allocatedBytes), settings.get(AdaptiveSettings.MOST_RETAINED));
        if (hadMisses && needed > missed && retained > 0) { // if nothing is to be retained, nothing is kept
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
     * Gives back idle memory beyond what the curve keeps. Afterwards as many bytes may be idle as are in use now: the
     * load may free all of them before the next pass, and their decay time starts only then.
     */
    private void decideKept(Instant now) {
        if (curve == null) {
            keep(retained);
            return;
        }
        long idle = Math.max(missed, idleBytesToKeep(curve, now));
        long before = sub.committedBytes();
        long unused = before - allocatedBytes;
        if (unused > 2 * idle) { // much more than the load explains: slabs of threads that do nothing may have it
            giveBack(Math.min(retained, idle));
        } else if (unused > idle) {
            keep(Math.min(retained, idle));
        }
        keep(Math.min(retained, idle + allocatedBytes));
        tellReturned(now, before, Math.min(retained, idle));
    }

    /** Gives back all idle memory if it is more than the curve keeps. For strategies that cannot keep a part of it. */
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

    private void keep(long bytes) {
        if (Objects.requireNonNull(sub.retention).retainedBytes() != bytes) {
            giveBack(bytes);
        }
    }

    /** Gives back idle memory beyond so many bytes, even if no more could be kept before. */
    private void giveBack(long bytes) {
        kept = bytes;
        Objects.requireNonNull(sub.retention).retain(bytes);
    }

    /**
     * The figures of a tier.
     *
     * @param isDetailed whether to include each size class and the free runs, by walks over all memory
     */
    AdaptiveReport.Tier report(boolean isDetailed) {
        return new AdaptiveReport.Tier(
                sub.name,
                sub.strategy.name(),
                sub.upTo,
                new AdaptiveReport.Retention(retained, kept, hitRate, inUse, policy.resizes.get()),
                sub.allocator.stats(),
                sub.table(),
                isDetailed ? sub.classes() : List.of(),
                isDetailed && sub.inspectable != null ? sub.inspectable.externalFragmentation() : 0);
    }
}
