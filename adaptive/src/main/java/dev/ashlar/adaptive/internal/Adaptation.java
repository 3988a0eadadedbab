package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.Adaptive.Housekeeping;
import dev.ashlar.adaptive.Adaptive.Tracking;
import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.adaptive.AllocatorEvent.Alert;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.StrategySettings;
import dev.ashlar.spi.support.Closing;
import dev.ashlar.spi.support.HousekeepingThread;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The housekeeping pass: reads the figures of every tier without stopping a thread, and changes retained bytes, idle
 * memory and size classes.
 *
 * <p>Passes run one after another, under a lock that {@link #retain} and closing take too. Code of the user runs
 * without the lock: destroyers of pools, pressure listeners, listeners. So it cannot delay a close.
 */
final class Adaptation {

    /** Idle bytes that are always allowed: the largest chunk of a strategy, of which little may be used. */
    private static final long LITTLE = 4 << 20;

    private final StrategySettings settings;
    private final Tiers tiers;
    private final SharedSource source;
    private final Sampling sampling;
    private final TieredAllocator allocator;
    private final EventLog events;
    private final Alerts alerts;
    final Pools pools;
    private final ReentrantLock lock = new ReentrantLock();

    /** The tiers, in their order. */
    private final List<Watched> watched;

    /** The sub-allocators for hints. Guarded by the lock. */
    private final Map<SubAllocator, TierWatch> hinted = new HashMap<>();

    /** Guarded by the lock. */
    private boolean closed;

    private volatile long retained;
    private @Nullable Passes thread;

    /** A tier, and what adapts it. It has no chooser if its strategy cannot change its table. */
    private record Watched(
            SubAllocator tier, TierWatch watch, @Nullable TableChooser chooser) {}

    Adaptation(AllocatorConfig general, StrategySettings settings, TieredAllocator allocator, EventLog events) {
        this.settings = settings;
        this.allocator = allocator;
        tiers = allocator.tiers;
        source = allocator.source;
        sampling = allocator.sampling;
        this.events = events;
        alerts = new Alerts(settings, events);
        pools = new Pools(general, settings, alerts, events);
        retained = general.retainedBytes();
        watched = tiers.all.stream().map(this::watchTier).toList();
    }

    private Watched watchTier(SubAllocator tier) {
        TableChooser chooser = TableChooser.of(tier, settings, events);
        if (chooser != null) {
            sampling.count(tier, chooser.histogram);
        }
        return new Watched(tier, watch(tier, tiers.retainedOf(tier.retainedShare, retained)), chooser);
    }

    private TierWatch watch(SubAllocator sub, long ofRetained) {
        return new TierWatch(sub, ofRetained, settings, events);
    }

    /** Starts automatic passes, if configured. */
    void start() {
        sampling.restart(); // before a pass can count
        if (settings.get(AdaptiveSettings.HOUSEKEEPING) == Housekeeping.AUTOMATIC) {
            thread = new Passes(allocator, settings.get(AdaptiveSettings.INTERVAL));
            source.whenTakenAgain(sub -> HousekeepingThread.runAfter(Duration.ZERO, () -> keepMore(sub)));
        }
    }

    long retainedBytes() {
        return retained;
    }

    /** Sets the retained bytes of all tiers together. */
    void retain(long bytes) {
        exclusively(() -> {
            retained = bytes;
            watched.forEach(one -> one.watch.setRetained(tiers.retainedOf(one.tier.retainedShare, bytes)));
        });
    }

    /** Does something while no pass changes the sub-allocators. */
    void exclusively(Runnable action) {
        lock.lock();
        try {
            action.run();
        } finally {
            lock.unlock();
        }
    }

    /** Runs a pass. If a part fails, the others still run. */
    void pass() {
        Instant now = events.now();
        Closing.all(
                () -> adapt(now),
                () -> pools.pass(now),
                () -> relievePressure(now),
                () -> lookForAlerts(now),
                events::deliver);
    }

    /**
     * Lets a sub-allocator keep what it returns and takes again. A load that does so several times between two passes
     * need not wait for the next one.
     */
    private void keepMore(SubAllocator sub) {
        exclusively(() -> {
            if (!closed) {
                Stream.concat(watched.stream().map(Watched::watch), hinted.values().stream())
                        .filter(watch -> watch.watches(sub))
                        .forEach(watch -> watch.keepMore(events.now()));
            }
        });
    }

    private void adapt(Instant now) {
        exclusively(() -> {
            if (closed) {
                throw new IllegalStateException("The allocator is closed");
            }
            watched.forEach(one -> one.watch.pass(now));
            tiers.largeRequests.pass(now);
            for (SubAllocator sub : tiers.hinted.all()) {
                hinted.computeIfAbsent(sub, one -> watch(one, HintedSubAllocators.RETAINED))
                        .pass(now);
            }
            sampling.countNoted();
            chooseTables(now);
            sampling.restart();
        });
    }

    /** Changes no size classes while memory is scarce, because free slots of the present classes are needed then. */
    private void chooseTables(Instant now) {
        for (Watched one : watched) {
            if (one.chooser != null && !source.isScarce()) {
                one.chooser.look(now, one.watch.allocatedBytes());
            }
        }
    }

    private void relievePressure(Instant now) {
        if (source.takePressure()) {
            tiers.trim();
            long committed = source.metered.committedBytes();
            if (committed > source.softLimitBytes) {
                events.decided(new AllocatorEvent.PressureReached(now, committed, source.metered.limitBytes()));
                allocator.refusals.relieve(committed - source.softLimitBytes);
                tiers.trim();
            }
        }
    }

    private void lookForAlerts(Instant now) {
        allocator.requireOpen(); // it may have been closed while the pass handled pools
        AllocatorStats totals = allocator.stats();
        alerts.look(now, Alert.FRAGMENTATION, "all tiers", totals.internalFragmentation());
        AllocatorStats needed = withoutIdle(totals);
        alerts.look(now, Alert.UTILISATION, "all tiers", needed.utilisation());
        alerts.look(now, Alert.OVERHEAD, "all tiers", needed.committedOverRequested());
        long limit = source.metered.limitBytes();
        if (limit != AllocationException.NO_LIMIT) {
            alerts.look(now, Alert.PRESSURE, "the limit", (double) totals.committedBytes() / limit);
        }
        for (Watched one : watched) {
            if (one.watch.isAdaptable()) {
                alerts.lookAtRate(
                        now, Alert.HIT_RATE, "tier " + one.tier.name, one.watch.hitRate(), one.watch.requests());
            }
        }
    }

    /** The same without committed bytes that may be idle. */
    private AllocatorStats withoutIdle(AllocatorStats totals) {
        long kept = source.reserve.keptBytes();
        for (Watched one : watched) {
            kept += one.watch.retainedBytes();
        }
        long mayBeIdle = LITTLE + Math.max(kept, retained);
        return totals.toBuilder()
                .committedBytes(Math.max(totals.allocatedBytes(), totals.committedBytes() - mayBeIdle))
                .build();
    }

    AdaptiveReport report() {
        boolean isDetailed = settings.get(AdaptiveSettings.TRACKING) == Tracking.DETAILED;
        return new AdaptiveReport(
                events.now(),
                allocator.stats(),
                source.metered.limitBytes(),
                source.softLimitBytes,
                watched.stream().map(one -> one.watch.report(isDetailed)).toList(),
                tiers.hinted.byTag(),
                pools.reports(),
                alerts.raised(),
                events.history());
    }

    /**
     * Ends the passes and the pools. A pass that is running code of the user then finds this or the allocator closed
     * and ends.
     */
    void close() {
        if (thread != null) {
            thread.close();
        }
        exclusively(() -> closed = true);
        pools.close();
    }
}
