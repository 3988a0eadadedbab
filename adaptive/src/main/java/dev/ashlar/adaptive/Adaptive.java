package dev.ashlar.adaptive;

import dev.ashlar.spi.AllocatorBuilder;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

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

    /** Builds allocators of the strategy {@code adaptive}. */
    public static final class Builder extends AllocatorBuilder<Builder> {

        /** Null to use the properties, or the defaults. */
        private @Nullable AdaptiveConfig settings;

        private InstantSource clock = InstantSource.system();

        private Builder() {
            super(new AdaptiveProvider());
        }

        /**
         * Uses the settings of a profile, in place of all that was set by {@link #set}.
         *
         * @param profile a set of settings for a kind of program
         */
        public Builder profile(Profile profile) {
            settings = AdaptiveConfig.of(profile);
            return this;
        }

        /**
         * Sets some values, as in {@code set(to -> to.softLimit = 0.8)}.
         *
         * @param change changes values
         * @throws IllegalArgumentException naming the value and what is allowed
         */
        public Builder set(Consumer<AdaptiveConfig.Values> change) {
            AdaptiveConfig before = settings == null ? AdaptiveConfig.DEFAULTS : settings;
            settings = before.with(change);
            return this;
        }

        /**
         * Sets the clock of adaptation, for tests.
         *
         * @param clock the system's by default
         */
        public Builder clock(InstantSource clock) {
            this.clock = clock;
            return this;
        }

        @Override
        protected Optional<Record> settings() {
            return Optional.ofNullable(settings);
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
