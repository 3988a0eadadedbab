package dev.ashlar.buddy;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.StrategySetting;

/**
 * Allocators of the strategy {@code tlsf}.
 *
 * {@snippet class="dev.ashlar.verification.shown.StrategyCodeTest" region="tlsf"}
 */
public final class Tlsf {

    private Tlsf() {}

    /** An allocator with every default. */
    public static Allocator allocator() {
        return builder().build();
    }

    /** A builder that starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Builds allocators of the strategy {@code tlsf}. */
    public static final class Builder extends RegionBuilder<Builder> {

        static final StrategySetting<Long> GRANULE = granule("granule", 64);

        private Builder() {
            super(new TlsfProvider());
        }

        /**
         * Sets the unit of sizes. Every size is rounded up to a multiple of it, and every block starts at a multiple of
         * it.
         *
         * @param bytes a power of two from 16 to 65,536; 64 by default. Bookkeeping takes 2.3 bits for each unit of a
         *     region
         * @throws IllegalArgumentException if it is another number
         */
        public Builder granule(long bytes) {
            return set(GRANULE, bytes);
        }
    }
}
