package dev.ashlar.buddy;

import dev.ashlar.api.Allocator;
import dev.ashlar.buddy.core.BuddyAlgorithm;
import dev.ashlar.spi.StrategySetting;

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

    /** Sets what is to differ from the defaults. */
    public static final class Builder extends RegionBuilder<Builder> {

        static final StrategySetting<Long> MINIMUM_BLOCK = granule("minimumBlock", 4096);

        static final StrategySetting<Integer> PARTS = StrategySetting.of("parts", 16, BuddyAlgorithm::new);

        private Builder() {
            super(new BuddyProvider());
        }

        /**
         * Sets the smallest block: every block starts at a multiple of it.
         *
         * @param bytes a power of two from 16 to 65,536; 4,096 by default. Bookkeeping takes 4 bits for each
         * @throws IllegalArgumentException if it is not
         */
        public Builder minimumBlock(long bytes) {
            return set(MINIMUM_BLOCK, bytes);
        }

        /**
         * Sets into how many parts a buddy is divided, so that a block takes only the parts that it needs.
         *
         * @param parts a power of two from 1, for buddies that stay whole, to 64; 16 by default
         * @throws IllegalArgumentException if it is not
         */
        public Builder parts(int parts) {
            return set(PARTS, parts);
        }
    }
}
