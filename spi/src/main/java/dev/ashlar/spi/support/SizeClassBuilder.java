package dev.ashlar.spi.support;

import dev.ashlar.spi.AllocatorBuilder;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.ByteSize;
import dev.ashlar.spi.LargeBlockPolicy;
import dev.ashlar.spi.StrategySetting;
import dev.ashlar.spi.StrategySettings;
import java.util.Arrays;
import java.util.List;

/**
 * Builds allocators with size classes. It has the settings of strategies that use {@link SizeClassAllocator}.
 *
 * @param <B> the builder itself
 */
public abstract class SizeClassBuilder<B extends SizeClassBuilder<B>> extends AllocatorBuilder<B> {

    private static final StrategySetting<Integer> CLASSES_PER_DOUBLING = StrategySetting.of(
            "classesPerDoubling", 8, classes -> SizeClasses.perDoubling(classes, SizeClasses.MAX_SIZE));

    private static final StrategySetting<Long> LARGEST_BLOCK = StrategySetting.powerOfTwo(
            "largestBlock", SizeClasses.MAX_SIZE, SizeClasses.LINEAR_BELOW, SizeClasses.MAX_SIZE);

    private static final StrategySetting<List<Integer>> SIZES =
            StrategySetting.list("sizes", Integer.class, List.of(), sizes -> {
                if (!sizes.isEmpty()) {
                    table(sizes);
                }
            });

    static final StrategySetting<LargeBlockPolicy> LARGE_BLOCKS =
            StrategySetting.of("largeBlocks", LargeBlockPolicy.UPSTREAM);

    static final StrategySetting<Long> THREAD_BYTES =
            StrategySetting.between("threadBytes", SizeClassAllocator.DEFAULT_THREAD_BYTES, 0L, 1L << 30);

    static final List<StrategySetting<?>> SETTINGS =
            List.of(CLASSES_PER_DOUBLING, LARGEST_BLOCK, SIZES, LARGE_BLOCKS, THREAD_BYTES);

    /**
     * For the builders of strategies.
     *
     * @param provider makes the allocators
     */
    protected SizeClassBuilder(AllocatorProvider provider) {
        super(provider);
    }

    /** The size classes that settings describe. */
    static SizeClasses sizeClasses(StrategySettings settings) {
        List<Integer> sizes = settings.get(SIZES);
        return sizes.isEmpty()
                ? SizeClasses.perDoubling(settings.get(CLASSES_PER_DOUBLING), settings.get(LARGEST_BLOCK))
                : table(sizes);
    }

    private static SizeClasses table(List<Integer> sizes) {
        return SizeClasses.of(sizes.stream().mapToInt(Integer::intValue).toArray());
    }

    /**
     * Sets the number of size classes between each power of two and the next. More classes waste less memory inside
     * blocks, and more in partly used slabs.
     *
     * @param classes 4, 8 or 16; 8 by default
     * @throws IllegalArgumentException if it is another number
     */
    public final B classesPerDoubling(int classes) {
        return set(CLASSES_PER_DOUBLING, classes);
    }

    /**
     * Sets the largest block that is served from a slab.
     *
     * @param bytes a power of two from 128 to 65,536; 65,536 by default
     * @throws IllegalArgumentException if it is another number
     */
    public final B largestBlock(int bytes) {
        return set(LARGEST_BLOCK, (long) bytes);
    }

    /**
     * Sets the size classes one by one, such as classes that were computed for a workload. They override {@link
     * #classesPerDoubling} and {@link #largestBlock}.
     *
     * @param bytes ascending multiples of 8 up to 65,536; without any, the other two settings apply
     * @throws IllegalArgumentException if they are not ascending, or one is out of range or no multiple of 8
     */
    public final B sizes(int... bytes) {
        return set(SIZES, Arrays.stream(bytes).boxed().toList());
    }

    /**
     * Sets what happens to requests that are larger than the largest size class.
     *
     * @param policy {@link LargeBlockPolicy#UPSTREAM} by default
     */
    public final B largeBlocks(LargeBlockPolicy policy) {
        return set(LARGE_BLOCKS, policy);
    }

    /**
     * Sets how many free bytes in slabs each thread may always hold. Beyond that, all threads together may hold a small
     * part of the committed bytes.
     *
     * @param bytes 0 to 1 GiB; 64 KiB by default
     * @throws IllegalArgumentException if it is out of range
     */
    public final B threadBytes(long bytes) {
        return set(THREAD_BYTES, bytes);
    }

    /**
     * Sets how many free bytes in slabs each thread may always hold.
     *
     * @param size such as {@code "64KiB"}, at most 1 GiB
     * @throws IllegalArgumentException if it is no byte size, or out of range
     */
    public final B threadBytes(String size) {
        return threadBytes(ByteSize.parse(size));
    }
}
