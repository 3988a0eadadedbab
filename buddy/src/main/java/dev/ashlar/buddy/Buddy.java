package dev.ashlar.buddy;

import dev.ashlar.api.Allocator;
import java.util.Optional;

/**
 * Allocators of the strategy {@code buddy}.
 *
 * {@snippet class="dev.ashlar.verification.shown.StrategyCodeTest" region="buddy"}
 */
public final class Buddy {

    private Buddy() {}

    /** An allocator with every default. */
    public static Allocator allocator() {
        return builder().build();
    }

    /** A builder that starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds allocators of the strategy {@code buddy}. Values are checked when the allocator is built. */
    public static final class Builder extends RegionBuilder<Builder> {

        private long minimumBlock = BuddyConfig.DEFAULTS.minimumBlock();
        private int parts = BuddyConfig.DEFAULTS.parts();

        private Builder() {
            super(new BuddyProvider(), BuddyConfig.DEFAULTS.regionSize());
        }

        /**
         * Sets the smallest block: every block starts at a multiple of it.
         *
         * @param bytes a power of two from 16 to 65,536; 4,096 by default
         */
        public Builder minimumBlock(long bytes) {
            minimumBlock = bytes;
            return this;
        }

        /**
         * Sets into how many parts a buddy is divided, so that a block takes only the parts that it needs.
         *
         * @param parts a power of two from 1 (buddies stay whole) to 64; 16 by default
         */
        public Builder parts(int parts) {
            this.parts = parts;
            return this;
        }

        @Override
        protected Optional<Record> settings() {
            return Optional.of(new BuddyConfig(minimumBlock, regionSize, parts, largeBlocks));
        }
    }
}
