package dev.ashlar.adaptive;

import dev.ashlar.adaptive.internal.AdaptiveSettings;
import dev.ashlar.spi.AllocatorBuilder;
import dev.ashlar.spi.StrategySetting;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;

/**
 * Allocators of the strategy {@code adaptive}.
 *
 * {@snippet class="dev.ashlar.verification.shown.StrategyCodeTest" region="adaptive"}
 */
public final class Adaptive {

    private Adaptive() {}

    /**
     * An allocator with every default.
     *
     * @throws dev.ashlar.spi.ProviderException if no strategy is installed; the message says what to add
     */
    public static AdaptiveAllocator allocator() {
        return builder().build();
    }

    /** A builder that starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** In place of the name of a strategy: each block is a chunk of its own. */
    public static final String DIRECT = "direct";

    /** In place of the name of a strategy: the strategy that serves blocks of that size without hints. */
    public static final String TIER = "tier";

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

    /**
     * Sets what is to differ from the defaults. The limit, the reserve, what is retained and the memory source are
     * those of all tiers together. {@link #settings} takes those of the strategies beneath.
     *
     * {@snippet class="dev.ashlar.verification.shown.StrategyCodeTest" region="adaptive-settings"}
     *
     * <p>Every setting has a property of the name of its method: {@code ashlar.adaptive.profile=small-memory},
     * {@code ashlar.adaptive.medium.strategies=tlsf,slab}, {@code ashlar.adaptive.adaptation.decay=30s}. The module's
     * {@code docs/settings.md} has a table of all keys.
     */
    public static final class Builder extends AllocatorBuilder<Builder> {

        private InstantSource clock = InstantSource.system();

        private Builder() {
            super(new AdaptiveProvider());
        }

        <T> Builder put(StrategySetting<T> setting, T value) {
            return set(setting, value);
        }

        /**
         * Sets what everything that is not set is taken from.
         *
         * @param profile settings that go together, for a kind of program; {@link Profile#GENERAL} by default
         */
        public Builder profile(Profile profile) {
            return put(AdaptiveSettings.PROFILE, profile);
        }

        /**
         * Sets the tier of the smallest blocks, as in {@code small(tier -> tier.upTo(128))}.
         *
         * @param change sets what is to differ
         */
        public Builder small(Consumer<? super TierBuilder> change) {
            return tier(AdaptiveSettings.SMALL, change);
        }

        /**
         * Sets the tier of blocks above those of {@link #small}.
         *
         * @param change sets what is to differ
         */
        public Builder medium(Consumer<? super TierBuilder> change) {
            return tier(AdaptiveSettings.MEDIUM, change);
        }

        /**
         * Sets the tier of blocks above those of {@link #medium}. What is larger still comes from the memory source one
         * by one.
         *
         * @param change sets what is to differ
         */
        public Builder large(Consumer<? super TierBuilder> change) {
            return tier(AdaptiveSettings.LARGE, change);
        }

        private Builder tier(AdaptiveSettings.TierSettings tier, Consumer<? super TierBuilder> change) {
            change.accept(new TierBuilder(this, tier));
            return this;
        }

        /**
         * Sets the strategies for blocks that hints say are short-lived and that have no tag. With {@code arena} they
         * are bumped, and every free is checked; a chunk serves again when all of its blocks were freed.
         *
         * @param strategies names in order of preference, {@link #TIER} by default
         * @throws IllegalArgumentException if there is none, or one that is no name
         */
        public Builder shortLived(String... strategies) {
            return put(AdaptiveSettings.SHORT_LIVED, List.of(strategies));
        }

        /**
         * Sets whether strategies that keep memory for each thread come first for small and medium blocks. If not,
         * {@code tlsf} and {@code buddy} come before what the tiers name.
         *
         * @param first true by default
         */
        public Builder threadCaches(boolean first) {
            return put(AdaptiveSettings.THREAD_CACHES, first);
        }

        /**
         * Sets the share of the limit above which idle memory goes back and pressure listeners are called.
         *
         * @param share 0.1 to 1; 0.9 by default
         * @throws IllegalArgumentException if it is out of range
         */
        public Builder softLimit(double share) {
            return put(AdaptiveSettings.SOFT_LIMIT, share);
        }

        /**
         * Sets how many tags have an allocator of their own. Blocks of further tags share one.
         *
         * @param most 0 to 1024; 64 by default
         * @throws IllegalArgumentException if it is out of range
         */
        public Builder tags(int most) {
            return put(AdaptiveSettings.TAGS, most);
        }

        /**
         * Sets how much {@link AdaptiveAllocator#report()} tells.
         *
         * @param tracking {@link Tracking#TOTALS} by default
         */
        public Builder tracking(Tracking tracking) {
            return put(AdaptiveSettings.TRACKING, tracking);
        }

        /**
         * Sets who makes the housekeeping passes.
         *
         * @param housekeeping {@link Housekeeping#AUTOMATIC} by default
         */
        public Builder housekeeping(Housekeeping housekeeping) {
            return put(AdaptiveSettings.HOUSEKEEPING, housekeeping);
        }

        /**
         * Sets how retained memory, size classes and idle memory adapt, as in
         * {@code adaptation(its -> its.decay(Duration.ofMinutes(1)))}.
         *
         * @param change sets what is to differ
         */
        public Builder adaptation(Consumer<? super AdaptationBuilder> change) {
            change.accept(new AdaptationBuilder(this));
            return this;
        }

        /**
         * Sets when alerts are raised, as in {@code alerts(at -> at.pressure(0.8))}.
         *
         * @param change sets what is to differ
         */
        public Builder alerts(Consumer<? super AlertBuilder> change) {
            change.accept(new AlertBuilder(this));
            return this;
        }

        /**
         * Sets the time that adaptation goes by, for tests. It is no part of {@link #config} and holds for
         * {@link #build} alone.
         *
         * @param clock the system's by default
         */
        public Builder clock(InstantSource clock) {
            this.clock = clock;
            return this;
        }

        /**
         * Makes an allocator of the installed strategies.
         *
         * @throws dev.ashlar.spi.ProviderException if no strategy is installed; the message says what to add
         */
        @Override
        public AdaptiveAllocator build() {
            return AdaptiveAllocator.create(config(), clock);
        }
    }
}
