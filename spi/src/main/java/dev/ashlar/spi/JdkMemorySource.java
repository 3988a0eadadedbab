package dev.ashlar.spi;

import dev.ashlar.api.Allocator;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The source {@code jdk}: an {@link Arena#ofShared() Arena.ofShared} for each chunk. It calls no restricted method, so
 * it needs no flag.
 *
 * <p>Taking. The JDK writes zeros to the whole chunk, so all of it is resident from the start. For an alignment above
 * 16 it takes {@code byteAlignment - 16} bytes more than the chunk has; nobody can use them and no statistics hold
 * them. The memory does not count against {@code -XX:MaxDirectMemorySize}: set {@link AllocatorConfig#limitBytes()},
 * because an operating system that overcommits may kill a process before it refuses memory.
 *
 * <p>Giving back. Closing a shared arena makes every thread of the VM stop for a moment and look whether it is at work
 * in this memory, so its cost grows with the number of threads. That is a price for a chunk, not for a block.
 */
final class JdkMemorySource implements MemorySource {

    static final String NAME = "jdk";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public @Nullable Chunk take(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        if (byteSize == 0) {
            throw new IllegalArgumentException("byteSize of a chunk is 0, must be more");
        }
        Arena arena = Arena.ofShared();
        try {
            return new ArenaChunk(arena, arena.allocate(byteSize, byteAlignment));
        } catch (OutOfMemoryError e) {
            arena.close();
            return null;
        }
    }

    /** One arena with one segment in it. */
    private record ArenaChunk(Arena arena, MemorySegment memory) implements Chunk {

        @Override
        public void close() {
            try {
                arena.close();
            } catch (IllegalStateException e) {
                // Either a foreign call holds the memory, or it was given back before. The arena decides which, so that
                // of two threads that close it one gives back and neither fails.
                if (arena.scope().isAlive()) {
                    throw e;
                }
            }
        }
    }
}
