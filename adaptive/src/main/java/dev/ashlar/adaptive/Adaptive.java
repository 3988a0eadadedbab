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

    /** Used like the name of a strategy: each block is a chunk of its own. */
    public static final String DIRECT = "direct";

    /** Used like the name of a strategy: the strategy that serves blocks of the same size without hints. */
    public static final String TIER = "tier";

    /** How much detail a report has. */
    public enum Tracking {
        /** The figures of tiers, pools and tags. */
        TOTALS,
        /** Also the figures of every size class. Each report then costs a walk over all slabs. */
        DETAILED
    }

    /** Which thread makes the housekeeping passes. */
    public enum Housekeeping {
        /** One daemon thread makes them for all allocators. */
        AUTOMATIC,
        /** The program makes them, with {@link AdaptiveAllocator#housekeep()}. */
        MANUAL
    }

    /**
     * Builds allocators of the strategy {@code adaptive}. The limit, the reserve, the retained bytes and the memory
     * source apply to all tiers together. {@link #settings} copies settings of the strategies that serve the tiers.
     *
     * {@snippet class="dev.ashlar.verification.shown.StrategyCodeTest" region="adaptive-settings"}
     *
     * <p>Every setting has a property with the name of its method, such as {@code
     * ashlar.adaptive.profile=small-memory}, {@code ashlar.adaptive.medium.strategies=tlsf,slab}, {@code
     * ashlar.adaptive.adaptation.decay=30s}. The module's {@code docs/settings.md} has a table of all keys.
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
         * Sets the profile. It has the values of all settings that are not set otherwise.
         *
         * @param profile a set of values for a kind of program; {@link Profile#GENERAL} by default
         */
        public Builder profile(Profile profile) {
            return put(AdaptiveSettings.PROFILE, profile);
        }

        /**
         * Changes the tier of the smallest blocks, as in {@code small(tier -> tier.upTo(128))}.
         *
         * @param change changes settings; those that it does not set keep their values
         */
        public Builder small(Consumer<? super TierBuilder> change) {
            return tier(AdaptiveSettings.SMALL, change);
        }

        /**
         * Changes the tier of blocks that are larger than those of {@link #small}.
         *
         * @param change changes settings; those that it does not set keep their values
         */
        public Builder medium(Consumer<? super TierBuilder> change) {
            return tier(AdaptiveSettings.MEDIUM, change);
        }

        /**
         * Changes the tier of blocks that are larger than those of {@link #medium}. Each block that is larger than all
         * tiers is a chunk of its own.
         *
         * @param change changes settings; those that it does not set keep their values
         */
        public Builder large(Consumer<? super TierBuilder> change) {
            return tier(AdaptiveSettings.LARGE, change);
        }

        private Builder tier(AdaptiveSettings.TierSettings tier, Consumer<? super TierBuilder> change) {
            change.accept(new TierBuilder(this, tier));
            return this;
        }

        /**
         * Sets the strategies for blocks that have the hint short-lived and no tag. {@code arena} allocates them by a
         * bump and checks every free. It uses a chunk again when all blocks in it were freed.
         *
         * @param strategies names in order of preference, {@link #TIER} by default
         * @throws IllegalArgumentException if there is no name, or one is malformed
         */
        public Builder shortLived(String... strategies) {
            return put(AdaptiveSettings.SHORT_LIVED, List.of(strategies));
        }

        /**
         * Sets whether strategies that keep free memory for each thread come first for small and medium blocks. If not,
         * {@code tlsf} and {@code buddy} come before the strategies that the tiers name.
         *
         * @param first true by default
         */
        public Builder threadCaches(boolean first) {
            return put(AdaptiveSettings.THREAD_CACHES, first);
        }

        /**
         * Sets the share of the limit above which idle memory is released and pressure listeners are called.
         *
         * @param share 0.1 to 1; 0.9 by default
         * @throws IllegalArgumentException if it is out of range
         */
        public Builder softLimit(double share) {
            return put(AdaptiveSettings.SOFT_LIMIT, share);
        }

        /**
         * Sets how many tags have an allocator of their own. The blocks of all further tags share one allocator.
         *
         * @param most 0 to 1024; 64 by default
         * @throws IllegalArgumentException if it is out of range
         */
        public Builder tags(int most) {
            return put(AdaptiveSettings.TAGS, most);
        }

        /**
         * Sets how much detail {@link AdaptiveAllocator#report()} has.
         *
         * @param tracking {@link Tracking#TOTALS} by default
         */
        public Builder tracking(Tracking tracking) {
            return put(AdaptiveSettings.TRACKING, tracking);
        }

        /**
         * Sets which thread makes the housekeeping passes.
         *
         * @param housekeeping {@link Housekeeping#AUTOMATIC} by default
         */
        public Builder housekeeping(Housekeeping housekeeping) {
            return put(AdaptiveSettings.HOUSEKEEPING, housekeeping);
        }

        /**
         * Changes how retained memory, size classes and idle memory adapt, as in {@code adaptation(its ->
         * its.decay(Duration.ofMinutes(1)))}.
         *
         * @param change changes settings; those that it does not set keep their values
         */
        public Builder adaptation(Consumer<? super AdaptationBuilder> change) {
            change.accept(new AdaptationBuilder(this));
            return this;
        }

        /**
         * Changes when alerts are raised, as in {@code alerts(at -> at.pressure(0.8))}.
         *
         * @param change changes settings; those that it does not set keep their values
         */
        public Builder alerts(Consumer<? super AlertBuilder> change) {
            change.accept(new AlertBuilder(this));
            return this;
        }

        /**
         * Sets the clock of the adaptation, for tests. It has an effect on {@link #build} only, and is not part of
         * {@link #config}.
         *
         * @param clock the system clock by default
         */
        public Builder clock(InstantSource clock) {
            this.clock = clock;
            return this;
        }

        /**
         * Makes an allocator that uses the installed strategies.
         *
         * @throws dev.ashlar.spi.ProviderException if no strategy is installed; the message says what to add
         */
        @Override
        public AdaptiveAllocator build() {
            return AdaptiveAllocator.create(config(), clock);
        }
    }
}
