package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AdaptiveConfig;
import dev.ashlar.adaptive.TierConfig;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.spi.AllocatorConfig;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The tiers, and the sub-allocators that hints asked for: everything that holds blocks. It decides which of them a request
 * goes to, in one place, once for each request.
 *
 * <p>Of the capacity each tier has the share that its configuration says, of what is beyond what the {@link Reserve} keeps.
 * Neighbouring tiers of one strategy are one tier: what one of them frees the other can use.
 */
final class Tiers {

    private final AllocatorConfig config;
    private final SharedSource source;

    /** That of the smallest blocks first; one to three. */
    private final List<Tier> tiers;

    /** Whose blocks are chunks of their own. */
    private final SubAllocator huge;

    private final HintedSubAllocators hinted;
    private final LargeRequests largeRequests;

    /** What serves the sizes that are decided by a comparison. */
    final SubAllocator small;

    final SubAllocator medium;
    final long smallUpTo;
    private final long mediumUpTo;

    /** The largest alignment that both of them serve. */
    private final long alignmentUpTo;

    /** Makes every tier. No memory is taken for them. */
    Tiers(
            AllocatorConfig config,
            AdaptiveConfig settings,
            Strategies strategies,
            SharedSource source,
            EventLog events,
            InstantSource clock) {
        this.config = config;
        this.source = source;
        tiers = plan(settings, strategies).stream().map(this::make).toList();
        huge = new SubAllocator("huge", Strategy.DIRECT, source, config);
        hinted = new HintedSubAllocators(config, settings.tags(), strategies.chooseShortLived(), source);
        largeRequests = new LargeRequests(tiers.getLast(), settings.adaptation().interval(), events, clock);
        Tier second = tiers.get(Math.min(1, tiers.size() - 1));
        small = tiers.getFirst().sub();
        medium = second.sub();
        smallUpTo = alwaysServedUpTo(tiers.getFirst());
        mediumUpTo = alwaysServedUpTo(second);
        alignmentUpTo = Math.min(small.largestAlignment(), medium.largestAlignment());
    }

    /** A tier before it is made. */
    private record Planned(String name, TierConfig config, Strategy strategy) {

        /** Whether a tier above is served by the same strategy, whose memory one sub-allocator can use for both. */
        boolean isServedLike(Planned above) {
            return strategy.equals(above.strategy) && strategy.largestBlock() >= config.upTo();
        }

        Planned with(Planned above) {
            double share = config.capacityShare() + above.config.capacityShare();
            return new Planned(name + "+" + above.name, above.config.withCapacityShare(Math.min(1, share)), strategy);
        }
    }

    private static List<Planned> plan(AdaptiveConfig settings, Strategies strategies) {
        List<Planned> plan = new ArrayList<>();
        List<String> names = List.of("small", "medium", "large");
        List<TierConfig> wanted = List.of(settings.small(), settings.medium(), settings.large());
        for (int i = 0; i < wanted.size(); i++) {
            Planned next = new Planned(names.get(i), wanted.get(i), strategies.choose(names.get(i), wanted.get(i)));
            boolean joined = !plan.isEmpty() && plan.getLast().isServedLike(next);
            plan.add(joined ? plan.removeLast().with(next) : next);
        }
        return plan;
    }

    private Tier make(Planned planned) {
        double share = planned.config.capacityShare();
        AllocatorConfig own = config.toBuilder()
                .preallocateBytes(0)
                .reserveBytes(0)
                .capacityBytes(capacityOf(share, config.capacityBytes()))
                .build();
        SubAllocator sub = new SubAllocator(planned.name, planned.strategy, source, own);
        return new Tier(planned.name, Math.min(planned.config.upTo(), planned.strategy.largestBlock()), share, sub);
    }

    /** A tier's part of a capacity. */
    long capacityOf(double share, long capacity) {
        long kept = Math.max(config.reserveBytes(), config.preallocateBytes());
        return (long) (Math.max(0, capacity - kept) * share);
    }

    /** The largest block that a tier serves whether or not such requests are frequent. */
    private long alwaysServedUpTo(Tier tier) {
        return tier == tiers.getLast() ? Math.min(tier.upTo(), LargeRequests.LARGE) : tier.upTo();
    }

    /** Whether a plain request goes to {@link #small}. */
    boolean isSmall(long byteSize, long byteAlignment) {
        return byteSize <= smallUpTo && byteAlignment <= alignmentUpTo;
    }

    /** Whether a plain request that is not small goes to {@link #medium}. */
    boolean isMedium(long byteSize, long byteAlignment) {
        return byteSize <= mediumUpTo && byteAlignment <= alignmentUpTo;
    }

    /** What serves a plain request. Counts it, if it is large: to be called once for each. */
    SubAllocator route(long byteSize, long byteAlignment) {
        if (isSmall(byteSize, byteAlignment)) {
            return small;
        }
        if (isMedium(byteSize, byteAlignment)) {
            return medium;
        }
        boolean isLarge =
                byteSize > LargeRequests.LARGE && byteSize <= tiers.getLast().upTo();
        return isLarge && largeRequests.isRare() ? huge : home(byteSize, byteAlignment);
    }

    /** What serves a request with hints. Counts it as {@link #route(long, long)} does, if the hints make no difference. */
    SubAllocator route(long byteSize, long byteAlignment, AllocationHints hints) {
        Tier tier = tierOf(byteSize);
        SubAllocator found = tier == null ? null : hinted.find(tier, hints);
        return found != null && found.serves(byteSize, byteAlignment) ? found : route(byteSize, byteAlignment);
    }

    private @Nullable Tier tierOf(long byteSize) {
        for (Tier tier : tiers) {
            if (byteSize <= tier.upTo()) {
                return tier;
            }
        }
        return null;
    }

    /**
     * Where plain blocks of a size and an alignment belong, if they are frequent. What their tier's strategy cannot align a
     * strategy of a tier above may.
     */
    SubAllocator home(long byteSize, long byteAlignment) {
        Tier own = tierOf(byteSize);
        for (Tier tier : tiers) {
            boolean isCandidate = tier == own || (byteSize <= tier.upTo() && tier.strategy() != Strategy.DIRECT);
            if (isCandidate && tier.sub().serves(byteSize, byteAlignment)) {
                return tier.sub();
            }
        }
        return huge;
    }

    /** Whether a block may stay where it is when it is resized: if it belongs there, or if hints chose that. */
    boolean mayStay(SubAllocator sub, long byteSize, long byteAlignment) {
        return sub == home(byteSize, byteAlignment)
                || (sub.serves(byteSize, byteAlignment) && hinted.all().contains(sub));
    }

    /** The one whose memory an address lies in; where there is none, one that knows no such block. */
    SubAllocator ownerOf(long address) {
        SubAllocator owner = source.ownerOf(address);
        return owner == null ? huge : owner;
    }

    /** The tiers, that of the smallest blocks first. */
    List<Tier> all() {
        return tiers;
    }

    HintedSubAllocators hinted() {
        return hinted;
    }

    LargeRequests largeRequests() {
        return largeRequests;
    }

    /** All sub-allocators. */
    List<SubAllocator> subs() {
        Stream<SubAllocator> ofTiers = tiers.stream().map(Tier::sub);
        return Stream.concat(ofTiers, Stream.concat(hinted.all().stream(), Stream.of(huge)))
                .toList();
    }

    /** The sum over all sub-allocators. */
    AllocatorStats sum() {
        AllocatorStats sum = AllocatorStats.ZERO;
        for (SubAllocator sub : subs()) {
            sum = sum.plus(sub.allocator.stats());
        }
        return sum;
    }

    /**
     * The figures of the whole: what clients did is what the sub-allocators say; what is held is what the source says that
     * they share.
     *
     * @param refused requests that were not served
     * @param metadataBytes bookkeeping beside that of the sub-allocators and the source
     */
    AllocatorStats stats(long refused, long metadataBytes) {
        AllocatorStats sum = sum();
        long committed = source.committedBytes();
        long peak = source.metered().peakCommittedBytes();
        return new AllocatorStats(
                sum.requestedBytes(),
                sum.allocatedBytes(),
                committed,
                committed,
                sum.metadataBytes() + source.metadataBytes() + metadataBytes,
                sum.liveBlocks(),
                sum.allocations(),
                sum.misses(),
                source.metered().calls(),
                refused,
                sum.invalidFrees(),
                peak,
                Math.min(sum.requestedAtPeakBytes(), peak));
    }

    /** Gives the idle memory of all upstream, beyond the reserve. */
    long trim() {
        long before = source.committedBytes();
        reclaim();
        source.trim();
        return Math.max(0, before - source.committedBytes()); // others may take memory meanwhile
    }

    /** Takes the idle memory of all, so that each can have it. Says whether there was any. */
    boolean reclaim() {
        long reclaimed = 0;
        for (SubAllocator sub : subs()) {
            reclaimed += sub.allocator.trim();
        }
        return reclaimed > 0;
    }

    /** Closes all that can be closed. May be called again for the rest. */
    void close(Failures failures) {
        hinted.close();
        subs().reversed().forEach(sub -> failures.run(sub.allocator::close));
        source.close(failures);
    }
}
