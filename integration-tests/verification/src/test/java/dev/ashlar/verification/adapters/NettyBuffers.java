package dev.ashlar.verification.adapters;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.ByteBufferAllocator;
import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.netty.buffer.UnpooledHeapByteBuf;
import io.netty.util.internal.CleanableDirectBuffer;
import java.nio.ByteBuffer;

/** Netty's buffers from blocks of an allocator. */
final class NettyBuffers extends AbstractByteBufAllocator {

    private final Allocator allocator;
    private final ByteBufferAllocator buffers;

    NettyBuffers(Allocator allocator) {
        super(true);
        this.allocator = allocator;
        this.buffers = new ByteBufferAllocator(allocator);
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        return new UnpooledHeapByteBuf(this, initialCapacity, maxCapacity);
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        return new Direct(this, initialCapacity, maxCapacity);
    }

    @Override
    public boolean isDirectBufferPooled() {
        return true;
    }

    /** A buffer grows to the size that its block has anyway. */
    @Override
    public int calculateNewCapacity(int minNewCapacity, int maxCapacity) {
        int wanted = super.calculateNewCapacity(minNewCapacity, maxCapacity);
        return (int) Math.min(allocator.goodSize(wanted, Long.BYTES), maxCapacity);
    }

    private static final class Direct extends UnpooledDirectByteBuf {

        /** Starts empty and grows, because the constructor with a size does not call the allocation here. */
        Direct(NettyBuffers owner, int initialCapacity, int maxCapacity) {
            super(owner, ByteBuffer.allocateDirect(0), maxCapacity);
            capacity(initialCapacity);
        }

        @Override
        protected CleanableDirectBuffer allocateDirectBuffer(int capacity) {
            NettyBuffers owner = (NettyBuffers) alloc();
            ByteBuffer buffer = owner.buffers.tryAllocate(capacity);
            if (buffer == null) {
                throw new OutOfMemoryError(
                        owner.allocator.refusal(capacity, Long.BYTES).message());
            }
            return new CleanableDirectBuffer() {
                @Override
                public ByteBuffer buffer() {
                    return buffer;
                }

                @Override
                public void clean() {
                    owner.buffers.free(buffer);
                }
            };
        }
    }
}
