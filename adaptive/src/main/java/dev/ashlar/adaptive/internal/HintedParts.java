package dev.ashlar.adaptive.internal;

import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.AllocationHints.Access;
import dev.ashlar.api.AllocationHints.Lifetime;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.spi.AllocatorConfig;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The parts of requests with hints, by tier: one for each tag, and for blocks without a tag one for those that live long and one for
 * those that do not, which another strategy may serve. A part is made when it is first needed and stays.
 *
 * <p>Finding a part costs a lookup in a concurrent hash map. As many tags as configured have parts of their own, so that a
 * program that makes up tags does not make up allocators; further tags share one, which is named {@value #OTHER_TAGS}.
 */
final class HintedParts {

    /** Whose blocks have tags beyond the number of tags. */
    static final String OTHER_TAGS = "(others)";

    /** What a block needs that is used all the time: no other block in its cache lines. */
    static final long CACHE_LINE = 64;

    /** What a part keeps ready: a small chunk, if anything is kept at all. */
    static final long CAPACITY = 64 * 1024;

    /** An arena refuses invalid frees if it is asked to, and finds out when it may use a chunk again. */
    private static final Map<String, String> ARENA_CHECKS = Map.of("ashlar.arena.checking", "full");

    private final Composition composition;
    private final int mostTags;
    private final Map<Purpose, Part> parts = new ConcurrentHashMap<>();

    /** Tags with parts of their own. Added to under this object's lock. */
    private final Set<String> tags = ConcurrentHashMap.newKeySet();

    /** No further tag gets a part of its own. */
    private volatile boolean full;

    /** Guarded by this. */
    private boolean closed;

    HintedParts(Composition composition, int mostTags) {
        this.composition = composition;
        this.mostTags = mostTags;
        this.full = mostTags == 0;
    }

    /** What a part is for. */
    private record Purpose(
            Tier tier, Lifetime lifetime, @Nullable String tag) {

        /** Of what has its hash at hand: this is on the way of every request with hints. */
        @Override
        public int hashCode() {
            return (tag == null ? 0 : tag.hashCode() * 31) + tier.name().hashCode() + lifetime.hashCode();
        }
    }

    /**
     * The part that a request belongs to, or null if the hints make no difference.
     *
     * @param tier the tier of its size
     */
    @Nullable Part partFor(Tier tier, AllocationHints hints) {
        String tag = hints.tag();
        if (tag == null && hints.lifetime() == Lifetime.MEDIUM) {
            return null;
        }
        boolean ownPart = tag == null || !full || tags.contains(tag);
        Purpose purpose =
                new Purpose(tier, tag == null ? hints.lifetime() : Lifetime.MEDIUM, ownPart ? tag : OTHER_TAGS);
        Part part = parts.get(purpose);
        return part != null ? part : add(purpose);
    }

    /** Alignment by the hints. */
    static long alignment(long byteAlignment, AllocationHints hints) {
        return hints.access() == Access.FREQUENT ? Math.max(byteAlignment, CACHE_LINE) : byteAlignment;
    }

    private synchronized Part add(Purpose purpose) {
        if (closed) {
            throw new IllegalStateException("The allocator is closed");
        }
        Purpose known = purpose;
        if (purpose.tag != null && !purpose.tag.equals(OTHER_TAGS) && !tags.contains(purpose.tag)) {
            if (full) {
                known = new Purpose(purpose.tier, purpose.lifetime, OTHER_TAGS);
            } else {
                tags.add(purpose.tag);
                full = tags.size() == mostTags;
            }
        }
        return parts.computeIfAbsent(known, this::make);
    }

    private Part make(Purpose purpose) {
        String name = purpose.tier.name() + (purpose.tag == null ? " " + purpose.lifetime : " #" + purpose.tag);
        AllocatorConfig own = composition.config().toBuilder()
                .preallocateBytes(0)
                .reserveBytes(0)
                .capacityBytes(Math.min(CAPACITY, composition.config().capacityBytes()))
                .properties(ARENA_CHECKS)
                .build();
        Strategy strategy = composition.strategyFor(purpose.tier, purpose.lifetime);
        return new Part(name, strategy, composition.memory(), own);
    }

    Collection<Part> all() {
        return parts.values();
    }

    /** Figures by tag; those of tags that share a part are under {@value #OTHER_TAGS}. */
    SortedMap<String, AllocatorStats> byTag() {
        SortedMap<String, AllocatorStats> byTag = new TreeMap<>();
        parts.forEach((purpose, part) -> {
            if (purpose.tag != null) {
                byTag.merge(purpose.tag, part.allocator.stats(), AllocatorStats::plus);
            }
        });
        return byTag;
    }

    /** No part is made from now on. */
    synchronized void close() {
        closed = true;
    }
}
