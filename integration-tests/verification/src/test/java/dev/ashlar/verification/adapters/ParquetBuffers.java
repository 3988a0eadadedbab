package dev.ashlar.verification.adapters;

import dev.ashlar.api.ByteBufferAllocator;
import java.nio.ByteBuffer;

/** Parquet's buffers from blocks of an allocator. */
// @start region="parquet"
record ParquetBuffers(ByteBufferAllocator buffers) implements org.apache.parquet.bytes.ByteBufferAllocator {

    @Override
    public ByteBuffer allocate(int size) {
        return buffers.allocate(size);
    }

    @Override
    public void release(ByteBuffer buffer) {
        buffers.free(buffer);
    }

    @Override
    public boolean isDirect() {
        return true;
    }
}
// @end
