package dev.ashlar.lockfree.internal;

import dev.ashlar.spi.MemorySource;
import java.lang.foreign.MemorySegment;

/** Memory that nobody writes to: arrays. All their addresses are 0, so that an allocator can have one piece of it. */
final class ArraySource implements MemorySource {

    private record Memory(MemorySegment memory) implements Chunk {
        @Override
        public void close() {}
    }

    static Chunk piece(long byteSize) {
        return new Memory(MemorySegment.ofArray(new long[(int) byteSize / Long.BYTES]));
    }

    @Override
    public String name() {
        return "array";
    }

    @Override
    public Chunk take(long byteSize, long byteAlignment) {
        return piece(byteSize);
    }
}
