package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AdaptationConfig;
import dev.ashlar.adaptive.AdaptiveConfig;
import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.adaptive.AllocatorEvent.Alert;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.support.Closing;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The housekeeping pass: reads the figures of every tier, without stopping anyone, and changes capacity, what is kept
 * idle, and size classes.
 *
 * <p>Passes are made one after another, under a lock that changes of the capacity and closing take too. What is a
 * user's runs outside of it: destroyers of pools, pressure listeners, listeners. So none of these can keep others from
 * closing.
 */
final class Adaptation {

    /** Idle bytes that nobody needs to look into: the largest chunk of a strategy, of which little may be used. */
    private static final long LITTLE = 4 << 20;

    private final AdaptiveConfig settings;
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

    /** What hints asked for. Guarded by the lock. */
    private final Map<SubAllocator, TierWatch> hinted = new HashMap<>();

    /** Guarded by the lock. */
    private boolean closed;

    private volatile long capacity;
    private @Nullable HousekeepingThread thread;

    /** A tier, and what adapts it; no chooser where the strategy takes no table. */
    private record Watched(
            SubAllocator tier, TierWatch watch, @Nullable TableChooser chooser) {}

    Adaptation(AllocatorConfig general, AdaptiveConfig settings, TieredAllocator allocator, EventLog events) {
        this.settings = settings;
        this.allocator = allocator;
        tiers = allocator.tiers;
        source = allocator.source;
        sampling = allocator.sampling;
        this.events = events;
        alerts = new Alerts(settings.alerts(), events);
        pools = new Pools(settings.adaptation(), alerts, events);
        capacity = general.capacityBytes();
        watched = tiers.all.stream().map(this::watchTier).toList();
    }

    private Watched watchTier(SubAllocator tier) {
        TableChooser chooser = TableChooser.of(tier, settings.adaptation(), events);
        if (chooser != null) {
            sampling.count(tier, chooser.histogram);
        }
        return new Watched(tier, watch(tier, tiers.capacityOf(tier.capacityShare, capacity)), chooser);
    }

    private TierWatch watch(SubAllocator sub, long ofCapacity) {
        return new TierWatch(sub, ofCapacity, settings.adaptation(), events);
    }

    /** Begins to make passes by itself, if that is wanted. */
    void start() {
        if (settings.housekeeping() == AdaptiveConfig.Housekeeping.AUTOMATIC) {
            AdaptationConfig config = settings.adaptation();
            thread = new HousekeepingThread(allocator, config.interval(), config.sampling());
        } else {
            sampling.isOn = sampling.isOfUse();
        }
    }

    long capacity() {
        return capacity;
    }

    /** Sets what is kept ready, all tiers together. */
    void resize(long bytes) {
        lock.lock();
        try {
            capacity = bytes;
            watched.forEach(one -> one.watch.setCapacity(tiers.capacityOf(one.tier.capacityShare, bytes)));
        } finally {
            lock.unlock();
        }
    }

    /** Makes a pass. One part that fails does not keep the others from being done. */
    void pass() {
        Instant now = events.now();
        Closing.all(
                () -> adapt(now),
                () -> pools.pass(now),
                () -> relievePressure(now),
                () -> lookForAlerts(now),
                events::deliver);
    }

    private void adapt(Instant now) {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("The allocator is closed");
            }
            watched.forEach(one -> one.watch.pass(now));
            tiers.largeRequests.pass(now);
            for (SubAllocator sub : tiers.hinted.all()) {
                hinted.computeIfAbsent(sub, one -> watch(one, HintedSubAllocators.CAPACITY))
                        .pass(now);
            }
            chooseTables(now);
            if (thread == null) {
                sampling.isOn = sampling.isOfUse();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Changes no size classes while memory is scarce: what is free in slots of the classes before is needed then. */
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
            kept += one.watch.capacity();
        }
        long mayBeIdle = LITTLE + Math.max(kept, capacity);
        return totals.toBuilder()
                .committedBytes(Math.max(totals.allocatedBytes(), totals.committedBytes() - mayBeIdle))
                .build();
    }

    AdaptiveReport report() {
        boolean isDetailed = settings.tracking() == AdaptiveConfig.Tracking.DETAILED;
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
     * Ends the passes and the pools. A pass that is at work with what is a user's meets a closed allocator and ends.
     */
    void close() {
        if (thread != null) {
            thread.close();
        }
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        pools.close();
    }
}
