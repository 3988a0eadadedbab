package dev.ashlar.buddy;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorBuilder;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.ByteSize;
import dev.ashlar.spi.LargeBlockPolicy;
import java.util.Optional;

/**
 * Allocators of the strategy {@code buddy}.
 *
 * <pre>{@code
 * try (Allocator allocator = Buddy.builder().limit("1GiB").regionSize("16MiB").build()) {
 *     MemorySegment block = allocator.allocate(100_000, 8);
 *     allocator.free(block);
 * }
 * }</pre>
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

    /** Sets what is to differ from the defaults. Values are checked when the allocator is built. */
    public static final class Builder extends AllocatorBuilder<Builder> {

        private long minimumBlock = BuddyConfig.DEFAULTS.minimumBlock();
        private long regionSize = BuddyConfig.DEFAULTS.regionSize();
        private int parts = BuddyConfig.DEFAULTS.parts();
        private LargeBlockPolicy largeBlocks = BuddyConfig.DEFAULTS.largeBlocks();

        private Builder() {}

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
         * Sets the largest region, and so the largest block that is not a large one.
         *
         * @param bytes a power of two from 65,536 to 2^30, at most 2^28 minimum blocks; 64 MiB by default
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
         * Sets into how many parts a buddy is cut, so that a block takes no more of them than it needs.
         *
         * @param parts a power of two from 1, for buddies that stay whole, to 64; 16 by default
         */
        public Builder parts(int parts) {
            this.parts = parts;
            return this;
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
            return new BuddyProvider();
        }

        @Override
        protected Optional<Record> settings() {
            return Optional.of(new BuddyConfig(minimumBlock, regionSize, parts, largeBlocks));
        }
    }
}
