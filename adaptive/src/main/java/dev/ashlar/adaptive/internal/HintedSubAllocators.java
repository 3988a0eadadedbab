package dev.ashlar.adaptive.internal;

import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.AllocationHints.Lifetime;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.AllocatorProviders;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sub-allocators for requests with hints, by tier: one for each tag. For blocks without a tag there is one for
 * long-lived blocks, and one for short-lived blocks, which another strategy may serve. Each is made when it is first
 * needed, and stays.
 *
 * <p>Finding one costs a lookup in a concurrent hash map. As many tags as configured have their own, so the number of
 * tags does not increase the number of allocators without bound. Further tags share one, which is named {@value
 * #OTHER_TAGS}.
 */
final class HintedSubAllocators {

    private static final Logger LOG = LoggerFactory.getLogger(HintedSubAllocators.class);

    /** The name of the sub-allocator for all further tags. */
    static final String OTHER_TAGS = "(others)";

    /** The retained bytes of each: a small chunk, if anything is retained at all. */
    static final long RETAINED = 64 * 1024;

    /** With this an arena refuses invalid frees, and finds out when it may use a chunk again. */
    private static final Map<String, String> ARENA_CHECKS = Map.of("ashlar.arena.checking", "full");

    private final AllocatorConfig config;
    private final int mostTags;

    /** The strategy for short-lived blocks without a tag; null for that of their tier. */
    private final @Nullable AllocatorProvider shortLived;

    private final SharedSource source;
    private final Map<Purpose, SubAllocator> made = new ConcurrentHashMap<>();

    /** Tags with their own sub-allocator. Added to under this object's lock. */
    private final Set<String> tags = ConcurrentHashMap.newKeySet();

    /** Guarded by this. */
    private boolean closed;

    HintedSubAllocators(
            AllocatorConfig config, int mostTags, @Nullable AllocatorProvider shortLived, SharedSource source) {
        this.config = checked(config);
        this.mostTags = mostTags;
        this.shortLived = shortLived;
        this.source = source;
    }

    /** The configuration of sub-allocators for hints: an arena among them checks frees. */
    static AllocatorConfig checked(AllocatorConfig config) {
        return AllocatorProviders.find("arena").isEmpty()
                ? config
                : config.toBuilder().properties(ARENA_CHECKS).build();
    }

    /** The purpose of a sub-allocator. */
    private record Purpose(
            SubAllocator tier, Lifetime lifetime, @Nullable String tag) {}

    /**
     * The sub-allocator for a request, or null if the hints make no difference.
     *
     * @param tier the tier of its size
     */
    @Nullable SubAllocator find(SubAllocator tier, AllocationHints hints) {
        String tag = hints.tag();
        if (tag == null && hints.lifetime() == Lifetime.MEDIUM) {
            return null;
        }
        Purpose purpose = new Purpose(tier, tag == null ? hints.lifetime() : Lifetime.MEDIUM, admit(tag));
        SubAllocator found = made.get(purpose);
        return found != null ? found : add(purpose);
    }

    /** The tag itself if it has its own sub-allocator. A new tag gets one as long as there are not too many. */
    private @Nullable String admit(@Nullable String tag) {
        if (tag == null || tags.contains(tag)) {
            return tag;
        }
        if (tags.size() < mostTags) {
            synchronized (this) {
                if (tags.size() < mostTags) {
                    tags.add(tag);
                    if (tags.size() == mostTags) {
                        LOG.info(
                                "{} tags have memory and figures of their own, '{}' the last; further ones share",
                                mostTags,
                                tag);
                    }
                }
            }
        }
        return tags.contains(tag) ? tag : OTHER_TAGS;
    }

    private synchronized SubAllocator add(Purpose purpose) {
        if (closed) {
            throw new IllegalStateException("The allocator is closed");
        }
        return made.computeIfAbsent(purpose, this::make);
    }

    private SubAllocator make(Purpose purpose) {
        String name = purpose.tier.name + (purpose.tag == null ? " " + purpose.lifetime : " #" + purpose.tag);
        boolean isShort = purpose.lifetime == Lifetime.SHORT;
        AllocatorProvider strategy = isShort && shortLived != null ? shortLived : purpose.tier.strategy;
        return new SubAllocator(
                name, purpose.tier.upTo, 0, strategy, source, config, Math.min(RETAINED, config.retainedBytes()));
    }

    Collection<SubAllocator> all() {
        return made.values();
    }

    /** Figures by tag. Those of tags that share one are under {@value #OTHER_TAGS}. */
    SortedMap<String, AllocatorStats> byTag() {
        SortedMap<String, AllocatorStats> byTag = new TreeMap<>();
        made.forEach((purpose, sub) -> {
            if (purpose.tag != null) {
                byTag.merge(purpose.tag, sub.allocator.stats(), AllocatorStats::plus);
            }
        });
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
