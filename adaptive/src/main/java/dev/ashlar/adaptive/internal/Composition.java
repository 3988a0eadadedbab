package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AdaptiveConfig;
import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.adaptive.TierConfig;
import dev.ashlar.api.AllocationHints.Lifetime;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.spi.AllocatorConfig;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tiers, and the parts that hints asked for: everything that holds blocks.
 *
 * <p>Of the capacity each tier has the share that its configuration says, of what is beyond the reserve. The reserve, and
 * what is preallocated, is one tier's: what a trim keeps in three places would be three times rounded up to whole chunks.
 *
 * <p>Neighbouring tiers of one strategy are one tier: what one of them frees the other can use.
 */
final class Composition {

    private static final Logger LOG = LoggerFactory.getLogger(Composition.class);

    private final AllocatorConfig config;
    private final AdaptiveConfig settings;
    private final Memory memory;
    private final EventLog events;
    private final InstantSource clock;
    private final List<Tier> tiers = new ArrayList<>();
    private final Part huge;
    private final HintedParts hinted;

    /** What serves short-lived blocks; null for the strategy of their tier. */
    private final @Nullable Strategy shortLived;

    /**
     * Makes every tier.
     *
     * @throws dev.ashlar.api.AllocationException if memory that is to be taken ahead cannot be had
     */
    Composition(
            AllocatorConfig config,
            AdaptiveConfig settings,
            Strategies strategies,
            Memory memory,
            EventLog events,
            InstantSource clock) {
        this.config = config;
        this.settings = settings;
        this.memory = memory;
        this.events = events;
        this.clock = clock;
        this.hinted = new HintedParts(this, settings.tags());
        this.shortLived = chooseShortLived(strategies);
        List<Planned> plan = plan(strategies);
        int keeper = plan.size() > 1 && plan.get(1).strategy != Strategy.DIRECT ? 1 : 0;
        try {
            for (int i = 0; i < plan.size(); i++) {
                add(plan.get(i), i == keeper);
            }
            huge = new Part("huge", Strategy.DIRECT, memory, config);
        } catch (RuntimeException e) {
            tiers.forEach(tier -> tier.part().allocator.close());
            throw e;
        }
    }

    /** A tier before it is made. */
    private record Planned(String name, TierConfig config, Strategy strategy) {

        /** Whether a tier above is served by the same strategy, whose memory one part can use for both. */
        boolean isServedLike(Planned above) {
            return strategy.equals(above.strategy) && strategy.largestBlock() >= config.upTo();
        }

        Planned with(Planned above) {
            double share = config.capacityShare() + above.config.capacityShare();
            return new Planned(name + "+" + above.name, above.config.withCapacityShare(Math.min(1, share)), strategy);
        }
    }

    private List<Planned> plan(Strategies strategies) {
        List<Planned> plan = new ArrayList<>();
        Map<String, TierConfig> wanted = new LinkedHashMap<>();
        wanted.put("small", settings.small());
        wanted.put("medium", settings.medium());
        wanted.put("large", settings.large());
        wanted.forEach((name, tier) -> {
            Planned next = new Planned(name, tier, choose(strategies, name, tier));
            if (!plan.isEmpty() && plan.getLast().isServedLike(next)) {
                next = plan.removeLast().with(next);
            }
            plan.add(next);
        });
        return plan;
    }

    private Strategy choose(Strategies strategies, String tier, TierConfig config) {
        Strategy chosen = strategies.choose(config, settings.threadCaches());
        String wanted = config.strategyNames().getFirst();
        if (settings.threadCaches() && !chosen.name().equals(wanted)) {
            events.decided(new AllocatorEvent.StrategyReplaced(clock.instant(), tier, wanted, chosen.name()));
            LOG.info("'{}' is not installed: '{}' serves the {} tier instead", wanted, chosen.name(), tier);
        }
        return chosen;
    }

    private @Nullable Strategy chooseShortLived(Strategies strategies) {
        List<String> names = settings.shortLivedNames();
        for (String name : names) {
            Strategy found = strategies.find(name).orElse(null);
            if (found != null || name.equals(AdaptiveConfig.TIER)) {
                return found;
            }
        }
        events.decided(new AllocatorEvent.StrategyReplaced(
                clock.instant(), "short-lived blocks", names.getFirst(), AdaptiveConfig.TIER));
        LOG.info("'{}' is not installed: short-lived blocks are served as others of their size", names.getFirst());
        return null;
    }

    private void add(Planned planned, boolean keepsReserve) {
        AllocatorConfig own = config.toBuilder()
                .preallocateBytes(keepsReserve ? config.preallocateBytes() : 0)
                .reserveBytes(keepsReserve ? config.reserveBytes() : 0)
                .capacityBytes(capacityOf(planned.config.capacityShare(), config.capacityBytes(), keepsReserve))
                .build();
        Part part = new Part(planned.name, planned.strategy, memory, own);
        long upTo = Math.min(planned.config.upTo(), planned.strategy.largestBlock());
        tiers.add(new Tier(planned.name, upTo, planned.config.capacityShare(), keepsReserve, part));
    }

    /** A tier's part of a capacity. */
    long capacityOf(double share, long capacity, boolean keepsReserve) {
        long shared = Math.max(0, capacity - config.reserveBytes());
        long own = (long) (shared * share) + (keepsReserve ? config.reserveBytes() : 0);
        return keepsReserve ? Math.max(config.preallocateBytes(), own) : own;
    }

    AllocatorConfig config() {
        return config;
    }

    AdaptiveConfig settings() {
        return settings;
    }

    Memory memory() {
        return memory;
    }

    HintedParts hinted() {
        return hinted;
    }

    /** What serves blocks of a tier that live as long as a hint says, without a tag. */
    Strategy strategyFor(Tier tier, Lifetime lifetime) {
        return lifetime == Lifetime.SHORT && shortLived != null ? shortLived : tier.strategy();
    }

    /** The tiers, that of the smallest blocks first. */
    List<Tier> tiers() {
        return tiers;
    }

    /** The part whose blocks are chunks of their own. */
    Part huge() {
        return huge;
    }

    /** The tier that serves a size, or null for a huge one. */
    @Nullable Tier tierOf(long byteSize) {
        for (Tier tier : tiers) {
            if (byteSize <= tier.upTo()) {
                return tier;
            }
        }
        return null;
    }

    /** All parts. */
    List<Part> parts() {
        Stream<Part> ofTiers = tiers.stream().map(Tier::part);
        return Stream.concat(ofTiers, Stream.concat(hinted.all().stream(), Stream.of(huge)))
                .toList();
    }

    AllocatorStats stats() {
        return Totals.of(parts());
    }

    /** Gives every part's idle memory back, beyond the reserve. */
    long trim() {
        long before = memory.source().committedBytes();
        parts().forEach(part -> part.allocator.trim());
        return Math.max(0, before - memory.source().committedBytes()); // others may take memory meanwhile
    }

    void close() {
        hinted.close();
        parts().reversed().forEach(part -> part.allocator.close());
    }
}
