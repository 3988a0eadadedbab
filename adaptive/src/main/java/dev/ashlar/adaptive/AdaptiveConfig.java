package dev.ashlar.adaptive;

import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.Range;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.function.Consumer;

/**
 * What can be set for the strategy {@code adaptive} beyond the general configuration, which has the limit, the reserve,
 * what is retained and the memory source. Nothing has to be set.
 *
 * <p>The same by properties, with the names of the components: {@code ashlar.adaptive.profile=small-memory},
 * {@code ashlar.adaptive.medium.strategies=tlsf,slab}, {@code ashlar.adaptive.adaptation.decay=30s}. The
 * module's {@code docs/settings.md} has a table of all keys.
 *
 * @param profile what everything that is not set is taken from. As a property it has that effect where no
 *     {@code AdaptiveConfig} is set in code
 * @param small the smallest blocks
 * @param medium blocks above those
 * @param large blocks above those; what is larger still comes from the memory source one by one
 * @param shortLived names of strategies for blocks that hints say are short-lived and that have no tag, in order of
 *     preference. {@value #TIER} stands for the strategy of their size. With {@code arena} they are bumped, and every
 *     free is checked; a chunk serves again when all of its blocks were freed
 * @param threadCaches whether strategies that keep memory for each thread come first for small and medium blocks. If
 *     not, {@code tlsf} and {@code buddy} go before what the tiers name
 * @param softLimit share of the limit above which idle memory goes back and pressure listeners are called
 * @param tags how many tags have an allocator of their own, 0 to 1024; blocks of further tags share one
 * @param tracking how much {@link AdaptiveAllocator#report()} tells
 * @param housekeeping who makes the passes
 * @param adaptation how retained memory, size classes and idle memory adapt
 * @param alerts when somebody is to look
 */
public record AdaptiveConfig(
        Profile profile,
        TierConfig small,
        TierConfig medium,
        TierConfig large,
        List<String> shortLived,
        boolean threadCaches,
        double softLimit,
        int tags,
        Tracking tracking,
        Housekeeping housekeeping,
        AdaptationConfig adaptation,
        AlertConfig alerts) {

    /** How much a report tells. */
    public enum Tracking {
        /** Figures of tiers, pools and tags. */
        TOTALS,
        /** Also of every size class, by a walk over all slabs when a report is made. */
        DETAILED
    }

    /** Who makes the housekeeping passes. */
    public enum Housekeeping {
        /** One daemon thread for all allocators. */
        AUTOMATIC,
        /** The program, by {@link AdaptiveAllocator#housekeep()}. */
        MANUAL
    }

    /** Stands for the strategy that serves blocks of that size without hints. */
    public static final String TIER = "tier";

    /** What is used where nothing is set. */
    public static final AdaptiveConfig DEFAULTS = new AdaptiveConfig(
            Profile.GENERAL,
            new TierConfig(256, List.of("slab", "lockfree", "tlsf", "buddy", "direct"), 0.25),
            new TierConfig(64 * 1024, List.of("slab", "lockfree", "tlsf", "buddy", "direct"), 0.5),
            new TierConfig(1L << 30, List.of("buddy", "tlsf", "direct"), 0.25),
            List.of(TIER),
            true,
            0.9,
            64,
            Tracking.TOTALS,
            Housekeeping.AUTOMATIC,
            AdaptationConfig.DEFAULTS,
            AlertConfig.DEFAULTS);

    /**
     * Checks every value.
     *
     * @throws IllegalArgumentException naming the value and what is allowed
     */
    public AdaptiveConfig {
        Objects.requireNonNull(profile, "profile");
        Objects.requireNonNull(tracking, "tracking");
        Objects.requireNonNull(housekeeping, "housekeeping");
        Objects.requireNonNull(adaptation, "adaptation");
        Objects.requireNonNull(alerts, "alerts");
        shortLived = TierConfig.requireNames("shortLived", shortLived);
        Range.requireBetween("softLimit", softLimit, 0.1, 1.0);
        Range.requireBetween("tags", tags, 0, 1024);
        requireAscending("medium.upTo", medium.upTo(), "small.upTo", small.upTo());
        requireAscending("large.upTo", large.upTo(), "medium.upTo", medium.upTo());
        double shares = small.retainedShare() + medium.retainedShare() + large.retainedShare();
        if (shares > 1 + 1e-9) {
            throw new IllegalArgumentException("retainedShare of small, medium and large add up to " + shares
                    + ", must be 0 to 1 together. Lower one of them.");
        }
    }

    private static void requireAscending(String upperName, long upper, String lowerName, long lower) {
        if (upper < lower) {
            throw new IllegalArgumentException(upperName + " is " + upper + ", must be at least " + lowerName
                    + ", which is " + lower + ". Set both, or neither.");
        }
    }

    /** The tiers by name, that of the smallest blocks first. */
    public SequencedMap<String, TierConfig> tiers() {
        SequencedMap<String, TierConfig> tiers = new LinkedHashMap<>();
        tiers.put("small", small);
        tiers.put("medium", medium);
        tiers.put("large", large);
        return tiers;
    }

    /**
     * The settings of a profile.
     *
     * @param profile settings that go together
     */
    public static AdaptiveConfig of(Profile profile) {
        return DEFAULTS.with(profile::set);
    }

    /**
     * What a general configuration says about this strategy.
     *
     * @param config with properties that begin with {@code ashlar.adaptive.}, an {@code AdaptiveConfig}, both or
     *     neither
     * @throws IllegalArgumentException if a key is unknown, or a value malformed or out of range
     */
    public static AdaptiveConfig of(AllocatorConfig config) {
        Profile profile = config.settings(AdaptiveProvider.NAME, DEFAULTS).profile();
        return config.settings(AdaptiveProvider.NAME, of(profile));
    }

    /**
     * These values with some changed, as in {@code DEFAULTS.with(to -> to.tags = 100)}.
     *
     * @param change sets what is to be other
     * @throws IllegalArgumentException naming the value and what is allowed
     */
    public AdaptiveConfig with(Consumer<Values> change) {
        Values to = new Values(this);
        change.accept(to);
        return new AdaptiveConfig(
                to.profile,
                to.small,
                to.medium,
                to.large,
                to.shortLived,
                to.threadCaches,
                to.softLimit,
                to.tags,
                to.tracking,
                to.housekeeping,
                to.adaptation,
                to.alerts);
    }

    /** The components as variables, with their names, units and ranges. Not safe for use by many threads. */
    public static final class Values {
        Profile profile;
        public TierConfig small;
        public TierConfig medium;
        public TierConfig large;
        public List<String> shortLived;
        public boolean threadCaches;
        public double softLimit;
        public int tags;
        public Tracking tracking;
        public Housekeeping housekeeping;
        public AdaptationConfig adaptation;
        public AlertConfig alerts;

        private Values(AdaptiveConfig from) {
            profile = from.profile;
            small = from.small;
            medium = from.medium;
            large = from.large;
            shortLived = from.shortLived;
            threadCaches = from.threadCaches;
            softLimit = from.softLimit;
            tags = from.tags;
            tracking = from.tracking;
            housekeeping = from.housekeeping;
            adaptation = from.adaptation;
            alerts = from.alerts;
        }
    }
}
