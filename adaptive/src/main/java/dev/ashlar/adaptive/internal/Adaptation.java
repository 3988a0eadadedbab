package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AdaptationConfig;
import dev.ashlar.adaptive.AdaptiveConfig;
import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.adaptive.AllocatorEvent.Alert;
import dev.ashlar.adaptive.CapacityPolicy;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Inspectable;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.support.SizeClassed;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The housekeeping pass: reads the figures of every tier, without stopping anyone, and changes capacity, what is kept idle,
 * and size classes.
 *
 * <p>Passes are made one after another, under a lock that changes of the capacity and closing take too. What is a user's runs
 * outside of it: destroyers of pools, pressure listeners, listeners. So none of these can keep others from closing.
 */
final class Adaptation {

    private final AdaptiveConfig settings;
    private final Tiers tiers;
    private final SharedSource source;
    private final Refusals refusals;
    private final Sampling sampling;
    private final TieredAllocator allocator;
    private final EventLog events;
    private final InstantSource clock;
    private final CapacityPolicy policy;
    private final Alerts alerts;
    private final Pools pools;
    private final ReentrantLock lock = new ReentrantLock();

    /** The tiers, in their order. */
    private final List<TierWatch> watches = new ArrayList<>();

    /** Those that hints asked for. Guarded by the lock. */
    private final Map<SubAllocator, TierWatch> hinted = new HashMap<>();

    /** By the watch of their tier; none where the strategy takes no table. */
    private final Map<TierWatch, TableChooser> choosers = new LinkedHashMap<>();

    /** Guarded by the lock. */
    private boolean closed;

    private volatile long capacity;
    private @Nullable HousekeepingThread thread;

    Adaptation(
            AllocatorConfig general,
            AdaptiveConfig settings,
            TieredAllocator allocator,
            EventLog events,
            InstantSource clock) {
        this.settings = settings;
        this.allocator = allocator;
        tiers = allocator.tiers();
        source = allocator.source();
        refusals = allocator.refusals();
        sampling = allocator.sampling();
        this.events = events;
        this.clock = clock;
        policy = CapacityPolicy.byHitRate(settings.adaptation());
        alerts = new Alerts(settings.alerts(), events);
        pools = new Pools(settings.adaptation(), policy, events);
        capacity = general.capacityBytes();
        for (Tier tier : tiers.all()) {
            TierWatch watch = watch(tier.sub(), tiers.capacityOf(tier.capacityShare(), capacity));
            watches.add(watch);
            TableChooser.of(tier, settings.adaptation()).ifPresent(chooser -> {
                choosers.put(watch, chooser);
                sampling.count(tier.sub(), chooser.histogram());
            });
        }
    }

    private TierWatch watch(SubAllocator sub, long ofCapacity) {
        return new TierWatch(sub, ofCapacity, settings.adaptation(), policy, events);
    }

    /** Begins to make passes by itself, if that is wanted. */
    void start() {
        if (settings.housekeeping() == AdaptiveConfig.Housekeeping.AUTOMATIC) {
            AdaptationConfig config = settings.adaptation();
            thread = HousekeepingThread.register(allocator, config.interval(), config.sampling());
        } else {
            sampling.set(sampling.isOfUse());
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
            for (Tier tier : tiers.all()) {
                long share = tiers.capacityOf(tier.capacityShare(), bytes);
                watches.get(tiers.all().indexOf(tier)).setCapacity(share);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Makes a pass. */
    void pass() {
        Instant now = clock.instant();
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("The allocator is closed");
            }
            watches.forEach(watch -> watch.pass(now));
            tiers.largeRequests().pass(now);
            for (SubAllocator sub : tiers.hinted().all()) {
                hinted.computeIfAbsent(sub, one -> watch(one, HintedSubAllocators.CAPACITY))
                        .pass(now);
            }
            chooseTables(now);
            if (thread == null) {
                sampling.set(sampling.isOfUse());
            }
        } finally {
            lock.unlock();
        }
        pools.pass(now, alerts);
        relievePressure(now);
        lookForAlerts(now);
        events.deliver();
    }

    /** Changes no size classes while memory is scarce: what is free in slots of the classes before is needed then. */
    private void chooseTables(Instant now) {
        if (!source.isScarce()) {
            choosers.forEach((watch, chooser) ->
                    chooser.look(now, watch.allocatedBytes()).ifPresent(events::decided));
        }
    }

    private void relievePressure(Instant now) {
        if (source.takePressure()) {
            tiers.trim();
            long committed = source.committedBytes();
            if (committed > source.softLimitBytes()) {
                events.decided(new AllocatorEvent.PressureReached(now, committed, source.limitBytes()));
                refusals.relieve(committed - source.softLimitBytes());
                tiers.trim();
            }
        }
    }

    private void lookForAlerts(Instant now) {
        AllocatorStats totals = allocator.stats();
        alerts.look(now, Alert.FRAGMENTATION, "all tiers", totals.internalFragmentation());
        long limit = source.limitBytes();
        if (limit != AllocationException.NO_LIMIT) {
            alerts.look(now, Alert.PRESSURE, "the limit", (double) totals.committedBytes() / limit);
        }
        watches.stream()
                .filter(TierWatch::isAdaptable)
                .forEach(watch -> alerts.look(now, Alert.HIT_RATE, "tier " + watch.name(), watch.hitRate()));
    }

    AdaptiveReport report() {
        List<AdaptiveReport.Tier> reports = new ArrayList<>();
        for (Tier tier : tiers.all()) {
            TierWatch watch = watches.get(reports.size());
            reports.add(new AdaptiveReport.Tier(
                    tier.name(),
                    tier.strategy().name(),
                    tier.upTo(),
                    watch.capacity(),
                    watch.kept(),
                    watch.hitRate(),
                    watch.inUse(),
                    tier.sub().allocator.stats(),
                    tableOf(tier),
                    classesOf(tier)));
        }
        return new AdaptiveReport(
                clock.instant(),
                allocator.stats(),
                source.limitBytes(),
                source.softLimitBytes(),
                reports,
                tiers.hinted().byTag(),
                pools.reports(),
                alerts.raised(),
                events.history());
    }

    Pools pools() {
        return pools;
    }

    private static List<Integer> tableOf(Tier tier) {
        SizeClassed sizeClassed = tier.sub().sizeClassed;
        return sizeClassed == null
                ? List.of()
                : Arrays.stream(sizeClassed.sizeClasses().sizes()).boxed().toList();
    }

    private List<AdaptiveReport.SizeClass> classesOf(Tier tier) {
        if (settings.tracking() == AdaptiveConfig.Tracking.TOTALS) {
            return List.of();
        }
        TreeMap<Long, AdaptiveReport.SizeClass> classes = new TreeMap<>();
        Inspectable.Visitor visitor = new Inspectable.Visitor() {
            @Override
            public void slab(long address, long byteSize, long slotSize, int liveSlots) {
                classes.merge(
                        slotSize,
                        new AdaptiveReport.SizeClass(slotSize, 1, byteSize, liveSlots),
                        (one, other) -> new AdaptiveReport.SizeClass(
                                slotSize,
                                one.slabs() + other.slabs(),
                                one.slabBytes() + other.slabBytes(),
                                one.liveBlocks() + other.liveBlocks()));
            }
        };
        Inspectable inspectable = tier.sub().inspectable;
        if (inspectable != null) {
            inspectable.inspect(visitor);
        }
        return List.copyOf(classes.values());
    }

    /** Ends the passes and the pools. A pass that is at work with what is a user's meets a closed allocator and ends. */
    void close(Failures failures) {
        if (thread != null) {
            thread.close();
        }
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
        pools.close(failures);
    }
}
