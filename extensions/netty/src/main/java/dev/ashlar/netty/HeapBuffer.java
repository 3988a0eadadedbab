package dev.ashlar.netty;

import io.netty.buffer.UnpooledHeapByteBuf;

/** A buffer over an array of the pool. */
final class HeapBuffer extends UnpooledHeapByteBuf {

    HeapBuffer(AshlarByteBufAllocator owner, int initialCapacity, int maxCapacity) {
        super(owner, initialCapacity, maxCapacity);
    }

    private ArrayPool arrays() {
        return ((AshlarByteBufAllocator) alloc())
                .arrays; // the constructor above allocates, before fields of this are set
    }

    @Override
    protected byte[] allocateArray(int capacity) {
        return arrays().acquire(capacity);
    }

    @Override
    protected void freeArray(byte[] array) {
        arrays().release(array);
    }
}
