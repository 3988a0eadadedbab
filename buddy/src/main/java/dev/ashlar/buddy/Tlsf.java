package dev.ashlar.buddy;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorBuilder;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.ByteSize;
import dev.ashlar.spi.LargeBlockPolicy;
import java.util.Optional;

/**
 * Allocators of the strategy {@code tlsf}.
 *
 * <pre>{@code
 * try (Allocator allocator = Tlsf.builder().limit("1GiB").regionSize("16MiB").build()) {
 *     MemorySegment block = allocator.allocate(100_000, 8);
 *     allocator.free(block);
 * }
 * }</pre>
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

    /** Sets what is to differ from the defaults. Values are checked when the allocator is built. */
    public static final class Builder extends AllocatorBuilder<Builder> {

        private long granule = TlsfConfig.DEFAULTS.granule();
        private long regionSize = TlsfConfig.DEFAULTS.regionSize();
        private LargeBlockPolicy largeBlocks = TlsfConfig.DEFAULTS.largeBlocks();

        private Builder() {}

        /**
         * Sets what sizes are rounded up to: every block starts at a multiple of it.
         *
         * @param bytes a power of two from 16 to 65,536; 64 by default
         */
        public Builder granule(long bytes) {
            granule = bytes;
            return this;
        }

        /**
         * Sets the largest region, and so the largest block that is not a large one.
         *
         * @param bytes a power of two from 65,536 to 2^30, at most 2^28 granules; 64 MiB by default
         */
        public Builder regionSize(long bytes) {
            regionSize = bytes;
            return this;
        }

        /**
         * Sets the largest region, and so the largest block that is not a large one.
         *
         * @param size such as {@code "16MiB"}
         * @throws IllegalArgumentException if it is no byte size
         */
        public Builder regionSize(String size) {
            return regionSize(ByteSize.parse(size));
        }

        /**
         * Sets what becomes of blocks that are larger than a region.
         *
         * @param policy by default they go upstream
         */
        public Builder largeBlocks(LargeBlockPolicy policy) {
            largeBlocks = policy;
            return this;
        }

        @Override
        protected Builder self() {
            return this;
        }

        @Override
        protected AllocatorProvider provider() {
            return new TlsfProvider();
        }

        @Override
        protected Optional<Record> settings() {
            return Optional.of(new TlsfConfig(granule, regionSize, largeBlocks));
        }
    }
}
