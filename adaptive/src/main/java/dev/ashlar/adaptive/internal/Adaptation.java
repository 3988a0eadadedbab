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
import dev.ashlar.spi.support.SizeClassed;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The housekeeping pass: reads the figures of every tier, without stopping anyone, and changes capacity, what is kept idle,
 * and size classes. Passes are made one after another, under a lock that nobody else takes but for a report.
 */
final class Adaptation {

    private final Composition composition;
    private final Memory memory;
    private final Routes routes;
    private final EventLog events;
    private final InstantSource clock;
    private final AdaptationConfig config;
    private final CapacityPolicy policy;
    private final Alerts alerts;
    private final ReentrantLock lock = new ReentrantLock();

    /** The tiers, in their order. */
    private final List<TierWatch> watches = new ArrayList<>();

    /** Parts that hints chose. Guarded by the lock. */
    private final Map<Part, TierWatch> hinted = new HashMap<>();

    private final Pools pools;

    /** By tier; null where the strategy takes no table. */
    private final List<@Nullable TableChooser> choosers = new ArrayList<>();

    /** Guarded by the lock. */
    private boolean closed;

    private volatile long capacity;
    private @Nullable Registrar registrar;

    Adaptation(Composition composition, Routes routes, EventLog events, InstantSource clock) {
        AdaptiveConfig settings = composition.settings();
        this.composition = composition;
        this.memory = composition.memory();
        this.routes = routes;
        this.events = events;
        this.clock = clock;
        this.config = settings.adaptation();
        this.policy = CapacityPolicy.byHitRate(config);
        this.alerts = new Alerts(settings.alerts(), events);
        this.pools = new Pools(config, policy, events);
        this.capacity = composition.config().capacityBytes();
        List<Tier> tiers = composition.tiers();
        for (int i = 0; i < tiers.size(); i++) {
            Tier tier = tiers.get(i);
            watches.add(watch(tier.part(), shareOf(i)));
            TableChooser chooser = TableChooser.of(tier, config).orElse(null);
            choosers.add(chooser);
            if (chooser != null) {
                routes.setHistogram(i, chooser.histogram());
            }
        }
    }

    private TierWatch watch(Part part, long capacity) {
        return new TierWatch(part.name(), part, capacity, config, policy, events);
    }

    private long shareOf(int tier) {
        Tier of = composition.tiers().get(tier);
        return composition.capacityOf(of.capacityShare(), capacity, of.keepsReserve());
    }

    /** Begins to make passes by itself, if that is wanted. */
    void start(TieredAllocator owner) {
        if (composition.settings().housekeeping() == AdaptiveConfig.Housekeeping.AUTOMATIC) {
            registrar = Registrar.register(owner, config.interval(), config.sampling());
        } else {
            routes.setSampling(wantsSizes());
        }
    }

    /** Whether there is any use in counting the sizes of requests. */
    boolean wantsSizes() {
        return choosers.stream().anyMatch(Objects::nonNull) || events.recorder().wantsAllocations();
    }

    long capacity() {
        return capacity;
    }

    /** Sets what is kept ready, all tiers together. */
    void resize(long bytes) {
        lock.lock();
        try {
            capacity = bytes;
            for (int i = 0; i < watches.size(); i++) {
                watches.get(i).setCapacity(shareOf(i));
            }
        } finally {
            lock.unlock();
        }
    }

    /** Makes a pass. */
    void pass() {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("The allocator is closed");
            }
            Instant now = clock.instant();
            watches.forEach(watch -> watch.pass(now));
            routes.largeRequests().pass(now);
            for (Part part : composition.hinted().all()) {
                hinted.computeIfAbsent(part, key -> watch(key, HintedParts.CAPACITY))
                        .pass(now);
            }
            pools.pass(now, alerts);
            chooseTables(now);
            relievePressure(now);
            lookForAlerts(now);
            if (registrar == null) {
                routes.setSampling(wantsSizes());
            }
        } finally {
            lock.unlock();
        }
        events.deliver();
    }

    private void chooseTables(Instant now) {
        for (int i = 0; i < choosers.size(); i++) {
            TableChooser chooser = choosers.get(i);
            if (chooser != null) {
                chooser.look(now, watches.get(i).allocatedBytes()).ifPresent(events::decided);
            }
        }
    }

    private void relievePressure(Instant now) {
        boolean pressed = memory.wasPressed();
        if (pressed || memory.source().committedBytes() > memory.softLimitBytes()) {
            composition.trim();
            long committed = memory.source().committedBytes();
            if (committed > memory.softLimitBytes()) {
                events.decided(new AllocatorEvent.PressureReached(
                        now, committed, memory.source().limitBytes()));
                routes.reclaimer().ask(committed - memory.softLimitBytes());
                composition.trim();
            }
        }
    }

    private void lookForAlerts(Instant now) {
        AllocatorStats totals = routes.stats();
        alerts.look(now, Alert.FRAGMENTATION, "all tiers", totals.internalFragmentation());
        long limit = memory.source().limitBytes();
        if (limit != AllocationException.NO_LIMIT) {
            alerts.look(now, Alert.PRESSURE, "the limit", (double) totals.committedBytes() / limit);
        }
        watches.stream()
                .filter(TierWatch::isAdaptable)
                .forEach(watch -> alerts.look(now, Alert.HIT_RATE, "tier " + watch.name(), watch.hitRate()));
    }

    AdaptiveReport report() {
        List<AdaptiveReport.Tier> tiers = new ArrayList<>();
        for (TierWatch watch : watches) {
            Tier tier = composition.tiers().get(tiers.size());
            tiers.add(new AdaptiveReport.Tier(
                    tier.name(),
                    tier.strategy().name(),
                    tier.upTo(),
                    watch.capacity(),
                    watch.kept(),
                    watch.hitRate(),
                    watch.inUse(),
                    tier.part().allocator.stats(),
                    tableOf(tier),
                    classesOf(tier)));
        }
        return new AdaptiveReport(
                clock.instant(),
                routes.stats(),
                memory.source().limitBytes(),
                memory.softLimitBytes(),
                tiers,
                composition.hinted().byTag(),
                pools.reports(),
                alerts.raised(),
                events.history());
    }

    Pools pools() {
        return pools;
    }

    private static List<Integer> tableOf(Tier tier) {
        SizeClassed sizeClassed = tier.part().sizeClassed;
        return sizeClassed == null
                ? List.of()
                : Arrays.stream(sizeClassed.sizeClasses().sizes()).boxed().toList();
    }

    private List<AdaptiveReport.SizeClass> classesOf(Tier tier) {
        if (composition.settings().tracking() == AdaptiveConfig.Tracking.TOTALS) {
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
        Inspectable inspectable = tier.part().inspectable;
        if (inspectable != null) {
            inspectable.inspect(visitor);
        }
        return List.copyOf(classes.values());
    }

    /** Ends the passes, of which one that is at work comes to its end first, and the pools. */
    void close() {
        if (registrar != null) {
            registrar.close();
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
