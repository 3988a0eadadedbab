package dev.ashlar.benchmarks.suite;

import dev.ashlar.benchmarks.FirstByte;
import dev.ashlar.benchmarks.SharedNetty;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.ThreadFactory;

/**
 * Direct buffers of Netty's adaptive allocator, on Netty's own threads. A buffer is an object, and workloads keep
 * addresses. So each block is four bytes longer than requested. They hold the index of its buffer in a table.
 */
final class RawBuffers implements RawAllocator {

    private static final ValueLayout.OfInt INDEX = ValueLayout.JAVA_INT_UNALIGNED;

    /** Netty aligns every buffer to this. */
    private static final long ALIGNMENT = 8;

    private final AdaptiveByteBufAllocator netty = new SharedNetty().allocator;
    private final BufferTable buffers = new BufferTable();

    @Override
    public long allocate(long byteSize, long byteAlignment) {
        long padding = byteAlignment <= ALIGNMENT ? 0 : byteAlignment - ALIGNMENT;
        ByteBuf buffer = netty.directBuffer(Math.toIntExact(byteSize + padding + INDEX.byteSize()));
        long address = (buffer.memoryAddress() + padding) & -Math.max(ALIGNMENT, byteAlignment);
        FirstByte.MEMORY.set(INDEX, address + byteSize, buffers.add(buffer));
        return address;
    }

    @Override
    public void free(long address, long byteSize) {
        buffers.remove(FirstByte.MEMORY.get(INDEX, address + byteSize)).release();
    }

    @Override
    public long committedBytes() {
        return netty.usedDirectMemory();
    }

    @Override
    public ThreadFactory threads() {
        return new DefaultThreadFactory("suite", true);
    }

    @Override
    public void close() {}
}
