package dev.ashlar.netty;

import io.netty.util.internal.CleanableDirectBuffer;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** A block of the allocator, and the part of it that a buffer has. */
final class Block implements CleanableDirectBuffer {

    private final AshlarByteBufAllocator owner;
    private final MemorySegment memory;
    private final ByteBuffer part;

    /** Whether another object has the block now. */
    private boolean isPassedOn;

    Block(AshlarByteBufAllocator owner, MemorySegment memory, int capacity) {
        this.owner = owner;
        this.memory = memory;
        this.part = memory.asSlice(0, capacity).asByteBuffer();
    }

    /** The same block for a buffer of another capacity. This does not free it any more. */
    Block withCapacity(int capacity) {
        isPassedOn = true;
        return new Block(owner, memory, capacity);
    }

    long byteSize() {
        return memory.byteSize();
    }

    @Override
    public ByteBuffer buffer() {
        return part;
    }

    @Override
    public boolean hasMemoryAddress() {
        return true;
    }

    @Override
    public long memoryAddress() {
        return memory.address();
    }

    @Override
    public void clean() {
        if (!isPassedOn) {
            owner.free(memory);
        }
    }
}
