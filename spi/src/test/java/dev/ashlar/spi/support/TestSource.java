package dev.ashlar.spi.support;

import dev.ashlar.spi.MemorySource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A source with a budget that counts the bytes that are taken. */
final class TestSource implements MemorySource {

    private final AtomicLong openBytes = new AtomicLong();
    private final long budget;

    /** Whether no chunk can be closed now, as if a foreign call used it. */
    boolean isBusy;

    TestSource(long budget) {
        this.budget = budget;
    }

    long openBytes() {
        return openBytes.get();
    }

    @Override
    public String name() {
        return "test";
    }

    @Override
    public @Nullable Chunk take(long byteSize, long byteAlignment) {
        if (openBytes.addAndGet(byteSize) > budget) {
            openBytes.addAndGet(-byteSize);
            return null;
        }
        Arena arena = Arena.ofShared();
        MemorySegment memory = arena.allocate(byteSize, byteAlignment);
        return new Chunk() {
            @Override
            public MemorySegment memory() {
                return memory;
            }

            @Override
            public void close() {
                if (isBusy) {
                    throw new IllegalStateException("The chunk is in use (the test wants it so)");
                }
                arena.close();
                openBytes.addAndGet(-byteSize);
            }
        };
    }
}
