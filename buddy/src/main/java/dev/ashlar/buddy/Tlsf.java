package dev.ashlar.buddy;

import dev.ashlar.api.Allocator;
import java.util.Optional;

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

    /** Builds allocators of the strategy {@code tlsf}. Values are checked when the allocator is built. */
    public static final class Builder extends RegionBuilder<Builder> {

        private long granule = TlsfConfig.DEFAULTS.granule();

        private Builder() {
            super(new TlsfProvider(), TlsfConfig.DEFAULTS.regionSize());
        }

        /**
         * Sets the unit of sizes: every size is rounded up to a multiple of it, and every block starts at one.
         *
         * @param bytes a power of two from 16 to 65,536; 64 by default
         */
        public Builder granule(long bytes) {
            granule = bytes;
            return this;
        }

        @Override
        protected Optional<Record> settings() {
            return Optional.of(new TlsfConfig(granule, regionSize, largeBlocks));
        }
    }
}
