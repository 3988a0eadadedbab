package dev.ashlar.adaptive.internal;

import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.AllocationHints.Lifetime;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sub-allocators for requests with hints, by tier: one for each tag. For blocks without a tag there is one for
 * long-lived blocks, and one for short-lived blocks, which another strategy may serve. Each is made when it is first
 * needed, and stays.
 *
 * <p>Finding one costs a look-up in a concurrent hash map. As many tags as configured have their own, so the number of
 * tags does not increase the number of allocators without bound. Further tags share one, which is named {@value
 * #OTHER_TAGS}.
 */
final class HintedSubAllocators {

    private static final Logger LOG = LoggerFactory.getLogger(HintedSubAllocators.class);

    /** The name of the sub-allocator for all further tags. */
    static final String OTHER_TAGS = "(others)";

    /** The retained bytes of each: a small chunk, if anything is retained at all. */
    static final long RETAINED = 64 * 1024;

    private final AllocatorConfig config;
    private final int mostTags;

    /** The strategy for short-lived blocks without a tag; null for that of their tier. */
    private final @Nullable AllocatorProvider shortLived;

    private final SharedSource source;
    private final List<OfTier> tiers;

    /** Tags with their own sub-allocator. Added to under this object's lock. */
    private final Set<String> tags = ConcurrentHashMap.newKeySet();

    /** Guarded by this. */
    private boolean closed;

    /** Those of one tier. Written under the lock of the outer object. */
    private static final class OfTier {
        private final SubAllocator tier;
        private final Map<String, SubAllocator> byTag = new ConcurrentHashMap<>();
        private final Map<Lifetime, SubAllocator> byLifetime = new ConcurrentHashMap<>();

        OfTier(SubAllocator tier) {
            this.tier = tier;
        }

        Stream<SubAllocator> all() {
            return Stream.concat(byTag.values().stream(), byLifetime.values().stream());
        }
    }

    HintedSubAllocators(
            AllocatorConfig config,
            int mostTags,
            @Nullable AllocatorProvider shortLived,
            SharedSource source,
            List<SubAllocator> tiers) {
        this.config = config;
        this.mostTags = mostTags;
        this.shortLived = shortLived;
        this.source = source;
        this.tiers = tiers.stream().map(OfTier::new).toList();
    }

    /**
     * The sub-allocator for a request, or null if the hints make no difference.
     *
     * @param tier the number of the tier of its size
     */
    @Nullable SubAllocator find(int tier, AllocationHints hints) {
        String tag = hints.tag();
        if (tag != null) {
            SubAllocator found = tiers.get(tier).byTag.get(tag);
            return found != null ? found : ofTag(tiers.get(tier), admit(tag));
        }
        return hints.lifetime() == Lifetime.MEDIUM ? null : ofLifetime(tiers.get(tier), hints.lifetime());
    }

    private SubAllocator ofTag(OfTier tier, String tag) {
        SubAllocator found = tier.byTag.get(tag);
        if (found != null) {
            return found;
        }
        synchronized (this) {
            return tier.byTag.computeIfAbsent(tag, _ -> make(tier, " #" + tag, tier.tier.strategy));
        }
    }

    private SubAllocator ofLifetime(OfTier tier, Lifetime lifetime) {
        SubAllocator found = tier.byLifetime.get(lifetime);
        if (found != null) {
            return found;
        }
        AllocatorProvider strategy = lifetime == Lifetime.SHORT && shortLived != null ? shortLived : tier.tier.strategy;
        synchronized (this) {
            return tier.byLifetime.computeIfAbsent(lifetime, _ -> make(tier, " " + lifetime, strategy));
        }
    }

    /** The tag itself if it has its own sub-allocator. A new tag gets one as long as there are not too many. */
    private String admit(String tag) {
        if (tags.size() < mostTags) {
            synchronized (this) {
                if (tags.size() < mostTags && tags.add(tag) && tags.size() == mostTags) {
                    LOG.info(
                            "{} tags have memory and figures of their own, '{}' the last; further ones share",
                            mostTags,
                            tag);
                }
            }
        }
        return tags.contains(tag) ? tag : OTHER_TAGS;
    }

    /** Under the lock. */
    private SubAllocator make(OfTier tier, String purpose, AllocatorProvider strategy) {
        if (closed) {
            throw new IllegalStateException("The allocator is closed");
        }
        return new SubAllocator(
                tier.tier.name + purpose,
                tier.tier.upTo,
                0,
                strategy,
                source,
                config,
                Math.min(RETAINED, config.retainedBytes()));
    }

    /** All that were made so far. */
    List<SubAllocator> all() {
        return tiers.stream().flatMap(OfTier::all).toList();
    }

    /** Figures by tag. Those of tags that share one are under {@value #OTHER_TAGS}. */
    SortedMap<String, AllocatorStats> byTag() {
        SortedMap<String, AllocatorStats> byTag = new TreeMap<>();
        for (OfTier tier : tiers) {
            tier.byTag.forEach((tag, sub) -> byTag.merge(tag, sub.allocator.stats(), AllocatorStats::plus));
        }
        return byTag;
    }

    /** Figures of a tag. If it has no own sub-allocator, those of all tags that share one. */
    AllocatorStats ofTag(String tag) {
        boolean isShared = !tags.contains(tag) && tags.size() >= mostTags;
        return byTag().getOrDefault(isShared ? OTHER_TAGS : tag, AllocatorStats.ZERO);
    }

    /** From now on none is made. */
    synchronized void close() {
        closed = true;
    }
}
