package dev.ashlar.netty;

import io.netty.buffer.UnpooledDirectByteBuf;
import io.netty.util.internal.CleanableDirectBuffer;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A buffer over a block. Netty's class does all accesses, and calls {@link #allocateDirectBuffer} for other memory.
 *
 * <p>The constructor of that class would allocate too, but not in all versions by the method that is overridden here.
 * So a buffer starts without memory and grows. A buffer without bytes has no block.
 *
 * <p>An event loop may keep a released buffer with its block, and {@linkplain #reopen open} it again.
 */
final class DirectBuffer extends UnpooledDirectByteBuf {

    private static final ByteBuffer NO_MEMORY = ByteBuffer.allocateDirect(0);

    /** A block of up to this many bytes is not replaced by a smaller one: a move would cost more than it saves. */
    private static final int SMALL = 512;

    private final AshlarByteBufAllocator owner;

    /** The event loop that may keep this, or null. */
    private final @Nullable EventLoopBuffers home;

    private @Nullable Block block;

    DirectBuffer(AshlarByteBufAllocator owner, @Nullable EventLoopBuffers home, int initialCapacity, int maxCapacity) {
        super(owner, NO_MEMORY, maxCapacity);
        this.owner = owner;
        this.home = home;
        capacity(initialCapacity);
        if (initialCapacity > 0 && block == null) {
            throw new IllegalStateException(
                    "This version of Netty takes no memory from the allocator: use 4.2.7 to 4.2.20");
        }
    }

    /** Makes this a new buffer, after its release. Its capacity is as it was. */
    void reopen(int maxCapacity) {
        maxCapacity(maxCapacity);
        resetRefCnt();
        setIndex(0, 0);
        markReaderIndex();
        markWriterIndex();
    }

    /** Bytes of the block. */
    int byteSize() {
        return block == null ? 0 : (int) block.byteSize();
    }

    @Override
    protected CleanableDirectBuffer allocateDirectBuffer(int capacity) {
        Block old = block;
        Block next = old != null && isKeptFor(capacity, old.byteSize())
                ? old.withCapacity(capacity)
                : owner.newBlock(capacity);
        block = next;
        return next;
    }

    /** Whether a block has room for a capacity, and is small or more than half used. */
    private static boolean isKeptFor(int capacity, long byteSize) {
        return capacity <= byteSize && (capacity > byteSize / 2 || byteSize <= SMALL);
    }

    @Override
    public int maxFastWritableBytes() {
        return Math.max(writableBytes(), Math.min(byteSize(), maxCapacity()) - writerIndex());
    }

    @Override
    protected void deallocate() {
        if (home == null || !home.keep(this)) {
            super.deallocate();
        }
    }

    /** Frees the block of a kept buffer. */
    void evict() {
        super.deallocate();
    }
}
