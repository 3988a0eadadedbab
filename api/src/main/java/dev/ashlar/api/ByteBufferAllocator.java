package dev.ashlar.api;

import dev.ashlar.api.support.FailedFree;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * Blocks of any allocator as direct {@link ByteBuffer}s, for code that is written for them. A block is freed by its
 * buffer or by any view of it: a duplicate, a slice, a read-only view, at any position and limit.
 *
 * {@snippet class="dev.ashlar.verification.shown.ApiCodeTest" region="buffers"}
 *
 * <p>Safe for use by many threads: if several free one block, exactly one succeeds. Each live buffer takes about a
 * hundred bytes on the Java heap. An operation takes time logarithmic in the number of live buffers.
 */
public final class ByteBufferAllocator {

    private final Allocator allocator;

    /** The live buffers by address. The thread that removes one frees it. */
    private final ConcurrentSkipListMap<Long, MemorySegment> blocks = new ConcurrentSkipListMap<>();

    /**
     * Buffers from an allocator. The caller closes the allocator.
     *
     * @param allocator serves the blocks
     */
    public ByteBufferAllocator(Allocator allocator) {
        this.allocator = Objects.requireNonNull(allocator, "allocator");
    }

    /**
     * Hands out a buffer of big-endian order, as all new buffers are. Its bytes are not zeroed.
     *
     * @param capacity bytes, 0 or more
     * @throws IllegalArgumentException if the capacity is negative
     * @throws AllocationException if the request cannot be served now
     * @throws IllegalStateException if the allocator is closed
     */
    public ByteBuffer allocate(int capacity) {
        return buffer(allocator.allocate(capacity, Long.BYTES));
    }

    /**
     * Hands out a buffer as {@link #allocate} does, or returns null if it cannot be served now.
     *
     * @param capacity bytes, 0 or more
     */
    public @Nullable ByteBuffer tryAllocate(int capacity) {
        MemorySegment block = allocator.tryAllocate(capacity, Long.BYTES);
        return block == null ? null : buffer(block);
    }

    private ByteBuffer buffer(MemorySegment block) {
        blocks.put(block.address(), block);
        return block.asByteBuffer();
    }

    /**
     * Frees the block that a buffer lies in.
     *
     * @param buffer one that was handed out here, or a view of one. An empty view at the end of a block may be taken
     *     for a view of the next block
     * @throws IllegalArgumentException if the buffer is not direct
     * @throws InvalidBlockException if it lies in no live buffer of this allocator; nothing changes
     * @throws IllegalStateException if the allocator is closed
     */
    public void free(ByteBuffer buffer) {
        if (!buffer.isDirect()) {
            throw new IllegalArgumentException("The buffer is not direct: it lies in no block");
        }
        long address = MemorySegment.ofBuffer(buffer.duplicate().clear()).address();
        Map.Entry<Long, MemorySegment> below = blocks.floorEntry(address);
        if (below == null || !holds(below.getValue(), address) || !blocks.remove(below.getKey(), below.getValue())) {
            throw InvalidBlockException.foreign(address);
        }
        try {
            allocator.free(below.getValue());
        } catch (RuntimeException | Error e) {
            if (FailedFree.isRefused(e)) {
                blocks.put(below.getKey(), below.getValue());
            }
            throw e;
        }
    }

    private static boolean holds(MemorySegment block, long address) {
        return address - block.address() < Math.max(1, block.byteSize());
    }
}
