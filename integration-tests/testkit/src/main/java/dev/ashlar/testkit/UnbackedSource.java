package dev.ashlar.testkit;

import dev.ashlar.spi.MemorySource;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A memory source whose chunks are addresses without memory, one behind another. An access to one ends the JVM. For
 * tests that count the steps of an allocator with more chunks than the machine has memory for. Needs native access.
 *
 * <p>Safe for use by many threads.
 */
public final class UnbackedSource implements MemorySource {

    private final AtomicLong next = new AtomicLong(1L << 40);

    /** A source that has handed out nothing. */
    public UnbackedSource() {}

    @Override
    public String name() {
        return "unbacked";
    }

    /** {@inheritDoc} It is aligned to its own size if all chunks have the same size, a power of two. */
    @Override
    @SuppressWarnings("restricted")
    public Chunk take(long byteSize, long byteAlignment) {
        // SAFETY: it is never accessed.
        return new Unbacked(MemorySegment.ofAddress(next.getAndAdd(byteSize)).reinterpret(byteSize));
    }

    private record Unbacked(MemorySegment memory) implements Chunk {

        @Override
        public void close() {}
    }
}
