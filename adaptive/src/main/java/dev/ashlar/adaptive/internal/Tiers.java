package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.adaptive.internal.AdaptiveSettings.TierSettings;
import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.StrategySettings;
import dev.ashlar.spi.support.Closing;
import dev.ashlar.spi.support.Extent;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tiers and the sub-allocators for hints: everything that has blocks. Here, and only here, the sub-allocator of
 * each request is chosen, once.
 *
 * <p>Each tier has its configured share of the retained bytes beyond what the {@link Reserve} keeps. {@link Strategies}
 * plans the tiers.
 */
final class Tiers {

    private static final Logger LOG = LoggerFactory.getLogger(Tiers.class);

    private final AllocatorConfig config;
    private final SharedSource source;

    /** The tiers, the one of the smallest blocks first; at least one. */
    final List<SubAllocator> all;

    /** The sub-allocator whose blocks are chunks of their own. */
    private final SubAllocator huge;

    final HintedSubAllocators hinted;
    final LargeRequests largeRequests;

    /** The two tiers that are chosen by a comparison. */
    final SubAllocator small;

    final SubAllocator medium;
    final long smallUpTo;
    private final long mediumUpTo;

    /** The largest alignment that both of them serve. */
    private final long alignmentUpTo;

    /** Makes every tier. No memory is taken for them. */
    Tiers(StrategySettings settings, Strategies strategies, SharedSource source, EventLog events) {
        config = strategies.config;
        this.source = source;
        all = strategies.plan().stream().map(this::make).toList();
        huge = new SubAllocator("huge", Long.MAX_VALUE, 0, DirectProvider.INSTANCE, source, config, 0);
        hinted = new HintedSubAllocators(
                config, settings.get(AdaptiveSettings.TAGS), strategies.shortLived(), source, all);
        largeRequests = new LargeRequests(all.getLast(), settings.get(AdaptiveSettings.INTERVAL), events);
        medium = all.get(Math.min(1, all.size() - 1));
        small = all.getFirst();
        smallUpTo = alwaysServedUpTo(small);
        mediumUpTo = alwaysServedUpTo(medium);
        AdaptiveSettings.TIERS.forEach(tier -> noteUnserved(tier, settings));
        alignmentUpTo = Math.min(small.capabilities.maxByteAlignment(), medium.capabilities.maxByteAlignment());
    }

    /** Says where blocks of a tier that strategies are named for are chunks of their own. */
    private void noteUnserved(TierSettings tier, StrategySettings settings) {
        long upTo = settings.get(tier.upTo());
        boolean isExpected = tier == AdaptiveSettings.LARGE
                || settings.get(tier.strategies()).getFirst().equals(Adaptive.DIRECT);
        if (!isExpected && home(upTo, 1).strategy == DirectProvider.INSTANCE) {
            LOG.info(
                    "{}: no strategy that is installed serves {} bytes, each block is a chunk of its own; the sizes"
                            + " that are served follow from the settings of {}",
                    tier.name(),
                    upTo,
                    all);
        }
    }

    private SubAllocator make(Strategies.Planned planned) {
        double share = planned.retainedShare();
        long retained = retainedOf(share, config.retainedBytes());
        return new SubAllocator(planned.name(), planned.upTo(), share, planned.strategy(), source, config, retained);
    }

    /** A tier's share of the retained bytes. */
    long retainedOf(double share, long retained) {
        long kept = Math.max(config.reserveBytes(), config.preallocateBytes());
        return (long) (Math.max(0, retained - kept) * share);
    }

    /** The largest block that a tier always serves, also if such requests are rare. */
    private long alwaysServedUpTo(SubAllocator tier) {
        return tier == all.getLast() ? Math.min(tier.upTo, LargeRequests.LARGE) : tier.upTo;
    }

    /** Whether a plain request goes to {@link #small}. */
    boolean isSmall(long byteSize, long byteAlignment) {
        return byteSize <= smallUpTo && byteAlignment <= alignmentUpTo;
    }

    /** Whether a plain request that is not small goes to {@link #medium}. */
    boolean isMedium(long byteSize, long byteAlignment) {
        return byteSize <= mediumUpTo && byteAlignment <= alignmentUpTo;
    }

    /** The sub-allocator for a plain request. Counts a large one, so call it once for each request. */
    SubAllocator route(long byteSize, long byteAlignment) {
        if (isSmall(byteSize, byteAlignment)) {
            return small;
        }
        if (isMedium(byteSize, byteAlignment)) {
            return medium;
        }
        boolean isLarge = byteSize > LargeRequests.LARGE && byteSize <= all.getLast().upTo;
        return isLarge && largeRequests.isRare() ? huge : home(byteSize, byteAlignment);
    }

    /** The sub-allocator for a request with hints, or null if they make no difference. */
    @Nullable SubAllocator route(long byteSize, long byteAlignment, AllocationHints hints) {
        int tier = tierOf(byteSize);
        SubAllocator found = tier < 0 ? null : hinted.find(tier, hints);
        return found != null && found.serves(byteSize, byteAlignment) ? found : null;
    }

    /** The number of the tier of a size, or -1. */
    private int tierOf(long byteSize) {
        for (int tier = 0; tier < all.size(); tier++) {
            if (byteSize <= all.get(tier).upTo) {
                return tier;
            }
        }
        return -1;
    }

    /**
     * The tier of plain blocks of a size and an alignment, if they are frequent. If the tier's strategy does not have
     * the alignment, it is a higher tier.
     */
    SubAllocator home(long byteSize, long byteAlignment) {
        int own = tierOf(byteSize);
        for (SubAllocator tier : all) {
            boolean isCandidate = (own >= 0 && tier == all.get(own))
                    || (byteSize <= tier.upTo && tier.strategy != DirectProvider.INSTANCE);
            if (isCandidate && tier.serves(byteSize, byteAlignment)) {
                return tier;
            }
        }
        return huge;
    }

    /**
     * The size that a plain block has room for. For a large one it is just its size, because it may be a chunk of its
     * own.
     */
    long goodSize(long byteSize, long byteAlignment) {
        if (byteSize > LargeRequests.LARGE) {
            return byteSize;
        }
        SubAllocator home = home(byteSize, byteAlignment);
        long goodSize = home.allocator.goodSize(byteSize, byteAlignment);
        return goodSize <= LargeRequests.LARGE && home(goodSize, byteAlignment) == home ? goodSize : byteSize;
    }

    /** The raw addresses of a tier. If its strategy has none, those of another one, which are then never used. */
    AddressAllocator addressesOf(SubAllocator tier) {
        return Objects.requireNonNullElse(tier.addresses, huge.addresses());
    }

    /** Whether a block may keep its sub-allocator when it is resized: if it belongs there, or if hints chose it. */
    boolean mayStay(SubAllocator sub, long byteSize, long byteAlignment) {
        return sub == home(byteSize, byteAlignment)
                || (sub != huge && !all.contains(sub) && sub.serves(byteSize, byteAlignment));
    }

    /**
     * The sub-allocator that holds the memory at an address at which something was found. If there is none, a
     * sub-allocator that does not know the block.
     */
    SubAllocator ownerOf(@Nullable Extent found, long address) {
        SubAllocator owner = SharedSource.ownerOf(found, address);
        return owner == null ? huge : owner;
    }

    /** All sub-allocators. */
    List<SubAllocator> subs() {
        return Stream.concat(all.stream(), Stream.concat(hinted.all().stream(), Stream.of(huge)))
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
     * The figures of the whole allocator: operations are those of the sub-allocators, and memory is that of the shared
     * source.
     *
     * @param refused refused requests
     * @param metadataBytes bookkeeping in addition to that of the sub-allocators and the source
     */
    AllocatorStats stats(long refused, long metadataBytes) {
        AllocatorStats sum = sum();
        AllocatorStats held = source.metered.stats();
        return sum.toBuilder()
                .committedBytes(held.committedBytes())
                .metadataBytes(sum.metadataBytes() + source.metadataBytes() + metadataBytes)
                .upstreamCalls(held.upstreamCalls())
                .refused(refused)
                .peakCommittedBytes(held.peakCommittedBytes())
                .requestedAtPeakBytes(Math.min(sum.requestedAtPeakBytes(), held.peakCommittedBytes()))
                .build();
    }

    /** Gives idle memory of all sub-allocators back upstream, beyond the reserve. */
    long trim() {
        long before = source.metered.committedBytes();
        reclaim();
        source.reserve.trim();
        source.metered.trim();
        return Math.max(0, before - source.metered.committedBytes()); // others may take memory meanwhile
    }

    /** Reclaims the idle memory of all sub-allocators, so that each can use it. Returns whether there was any. */
    boolean reclaim() {
        long reclaimed = 0;
        for (SubAllocator sub : subs()) {
            reclaimed += sub.allocator.trim();
        }
        return reclaimed > 0;
    }

    /** Closes all that can be closed. May be called again for the rest. */
    void close() {
        hinted.close();
        source.close(() -> Closing.each(subs().reversed(), SubAllocator::close));
    }
}
