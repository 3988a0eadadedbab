package dev.ashlar.buddy;

import dev.ashlar.buddy.internal.RegionLayout;
import dev.ashlar.spi.AllocatorBuilder;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.ByteSize;
import dev.ashlar.spi.LargeBlockPolicy;
import dev.ashlar.spi.StrategySetting;

/**
 * Builds allocators that divide regions. It has the settings that {@code buddy} and {@code tlsf} share.
 *
 * @param <B> the builder itself
 */
public abstract sealed class RegionBuilder<B extends RegionBuilder<B>> extends AllocatorBuilder<B>
        permits Buddy.Builder, Tlsf.Builder {

    static final StrategySetting<Long> REGION_SIZE = StrategySetting.powerOfTwo(
            "regionSize", 64 << 20, RegionLayout.SMALLEST_REGION, RegionLayout.LARGEST_REGION);

    static final StrategySetting<LargeBlockPolicy> LARGE_BLOCKS =
            StrategySetting.of("largeBlocks", LargeBlockPolicy.UPSTREAM);

    RegionBuilder(AllocatorProvider provider) {
        super(provider);
    }

    /** A setting for the unit that a region is divided into. */
    static StrategySetting<Long> granule(String key, long byDefault) {
        return StrategySetting.powerOfTwo(key, byDefault, 16, RegionLayout.SMALLEST_REGION);
    }

    /**
     * Sets the size of the largest region. It is also the size of the largest block in a region.
     *
     * @param bytes a power of two from 65,536 to 2^30; 64 MiB by default
     * @throws IllegalArgumentException if it is another number
     */
    public final B regionSize(long bytes) {
        return set(REGION_SIZE, bytes);
    }

    /**
     * Sets the size of the largest region. It is also the size of the largest block in a region.
     *
     * @param size such as {@code "16MiB"}
     * @throws IllegalArgumentException if it is no byte size, or out of range
     */
    public final B regionSize(String size) {
        return regionSize(ByteSize.parse(size));
    }

    /**
     * Sets what happens to requests that are larger than a region.
     *
     * @param policy {@link LargeBlockPolicy#UPSTREAM} by default
     */
    public final B largeBlocks(LargeBlockPolicy policy) {
        return set(LARGE_BLOCKS, policy);
    }
}
