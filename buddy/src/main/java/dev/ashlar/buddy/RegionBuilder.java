package dev.ashlar.buddy;

import dev.ashlar.spi.AllocatorBuilder;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.ByteSize;
import dev.ashlar.spi.LargeBlockPolicy;

/**
 * The common builder of {@code buddy} and {@code tlsf}. Values are checked when the allocator is built.
 *
 * @param <B> the builder itself
 */
public abstract sealed class RegionBuilder<B extends RegionBuilder<B>> extends AllocatorBuilder<B>
        permits Buddy.Builder, Tlsf.Builder {

    long regionSize;
    LargeBlockPolicy largeBlocks = LargeBlockPolicy.UPSTREAM;

    RegionBuilder(AllocatorProvider provider, long regionSize) {
        super(provider);
        this.regionSize = regionSize;
    }

    /**
     * Sets the largest region, and with it the largest block that lies in a region.
     *
     * @param bytes a power of two from 65,536 to 2^30, at most 2^28 of the smallest blocks; 64 MiB by default
     */
    public final B regionSize(long bytes) {
        regionSize = bytes;
        return self();
    }

    /**
     * Sets the largest region, and with it the largest block that lies in a region.
     *
     * @param size such as {@code "16MiB"}
     * @throws IllegalArgumentException if it is no byte size
     */
    public final B regionSize(String size) {
        return regionSize(ByteSize.parse(size));
    }

    /**
     * Sets what happens to requests that are larger than a region.
     *
     * @param policy by default they go upstream
     */
    public final B largeBlocks(LargeBlockPolicy policy) {
        largeBlocks = policy;
        return self();
    }
}
