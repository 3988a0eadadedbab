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

    /** Builds allocators of the strategy {@code buddy}. */
    public static final class Builder extends RegionBuilder<Builder> {

        static final StrategySetting<Long> MINIMUM_BLOCK = granule("minimumBlock", 4096);

        static final StrategySetting<Integer> PARTS = StrategySetting.of("parts", 16, BuddyAlgorithm::new);

        private Builder() {
            super(new BuddyProvider());
        }

        /**
         * Sets the size of the smallest block. Every block starts at a multiple of it.
         *
         * @param bytes a power of two from 16 to 65,536; 4,096 by default. Bookkeeping takes 4 bits for each such part
         *     of a region
         * @throws IllegalArgumentException if it is another number
         */
        public Builder minimumBlock(long bytes) {
            return set(MINIMUM_BLOCK, bytes);
        }

        /**
         * Sets the number of parts of a buddy. A block takes only the parts that it needs.
         *
         * @param parts a power of two from 1 to 64; 16 by default. With 1 a block takes the whole buddy
         * @throws IllegalArgumentException if it is another number
         */
        public Builder parts(int parts) {
            return set(PARTS, parts);
        }
    }
}
