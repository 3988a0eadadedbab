package dev.ashlar.spi.support;

import dev.ashlar.spi.AllocatorBuilder;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.ByteSize;
import dev.ashlar.spi.LargeBlockPolicy;

/**
 * Builds allocators of size classes: what strategies that are made of {@link SizeClassAllocator} have in common. Values
 * are checked when the allocator is built.
 *
 * @param <B> the builder itself
 */
public abstract class SizeClassBuilder<B extends SizeClassBuilder<B>> extends AllocatorBuilder<B> {

    /** Size classes between each power of two and the next. */
    protected int classesPerDoubling = 8;

    /** Bytes of the largest block that is a slot of a slab. */
    protected int largestBlock = SizeClasses.MAX_SIZE;

    /** What becomes of larger requests. */
    protected LargeBlockPolicy largeBlocks = LargeBlockPolicy.UPSTREAM;

    /** Bytes of slabs that a thread may hold whatever is live. */
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
     * Sets what becomes of larger requests.
     *
     * @param policy by default they go upstream
     */
    public final B largeBlocks(LargeBlockPolicy policy) {
        largeBlocks = policy;
        return self();
    }

    /**
     * Sets how much of slabs each thread may hold whatever is live. Beyond that, all threads together hold a share of
     * what is committed.
     *
     * @param bytes 0 to 1 GiB; 64 KiB by default
     */
    public final B threadBytes(long bytes) {
        threadBytes = bytes;
        return self();
    }

    /**
     * Sets how much of slabs each thread may hold whatever is live.
     *
     * @param size such as {@code "64KiB"}, at most 1 GiB
     * @throws IllegalArgumentException if it is no byte size
     */
    public final B threadBytes(String size) {
        return threadBytes(ByteSize.parse(size));
    }
}
