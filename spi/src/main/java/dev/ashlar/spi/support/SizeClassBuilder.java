package dev.ashlar.spi.support;

import dev.ashlar.spi.AllocatorBuilder;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.ByteSize;
import dev.ashlar.spi.LargeBlockPolicy;

/**
 * The common builder of strategies that are made of {@link SizeClassAllocator}. Values are checked when the allocator
 * is built.
 *
 * @param <B> the builder itself
 */
public abstract class SizeClassBuilder<B extends SizeClassBuilder<B>> extends AllocatorBuilder<B> {

    /** Size classes between each power of two and the next. */
    protected int classesPerDoubling = 8;

    /** Bytes of the largest block that is a slot of a slab. */
    protected int largestBlock = SizeClasses.MAX_SIZE;

    /** What happens to larger requests. */
    protected LargeBlockPolicy largeBlocks = LargeBlockPolicy.UPSTREAM;

    /** Free bytes of slabs that a thread may always hold. */
    protected long threadBytes = SizeClassAllocator.DEFAULT_THREAD_BYTES;

    /**
     * For the builders of strategies.
     *
     * @param provider makes the allocators
     */
    protected SizeClassBuilder(AllocatorProvider provider) {
        super(provider);
    }

    /**
     * Sets how many size classes there are between each power of two and the next. More classes waste less inside
     * blocks and more in slabs that are partly used.
     *
     * @param classes 4, 8 or 16; 8 by default
     */
    public final B classesPerDoubling(int classes) {
        classesPerDoubling = classes;
        return self();
    }

    /**
     * Sets the largest block that is a slot of a slab.
     *
     * @param bytes a power of two from 128 to 65,536, the default
     */
    public final B largestBlock(int bytes) {
        largestBlock = bytes;
        return self();
    }

    /**
     * Sets what happens to larger requests.
     *
     * @param policy by default they go upstream
     */
    public final B largeBlocks(LargeBlockPolicy policy) {
        largeBlocks = policy;
        return self();
    }

    /**
     * Sets how many free bytes of slabs each thread may always hold. Beyond that, all threads together may hold a share
     * of the committed bytes.
     *
     * @param bytes 0 to 1 GiB; 64 KiB by default
     */
    public final B threadBytes(long bytes) {
        threadBytes = bytes;
        return self();
    }

    /**
     * Sets how many free bytes of slabs each thread may always hold.
     *
     * @param size such as {@code "64KiB"}, at most 1 GiB
     * @throws IllegalArgumentException if it is no byte size
     */
    public final B threadBytes(String size) {
        return threadBytes(ByteSize.parse(size));
    }
}
