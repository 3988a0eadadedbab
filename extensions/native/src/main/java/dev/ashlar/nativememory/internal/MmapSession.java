package dev.ashlar.nativememory.internal;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.Closing;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The chunks of one allocator, and one arena in which all of their memory lives: so one close ends access to all.
 *
 * <p>For any thread. A lock is held while a chunk is taken or given back.
 */
final class MmapSession implements MemorySource.Session {

    private final AddressSpace space;
    private final Arena arena = Arena.ofShared();
    private final ReentrantLock lock = new ReentrantLock();

    /** Chunks that are out. Guarded by the lock. */
    private final Set<MmapChunk> chunks = new HashSet<>();

    MmapSession(AddressSpace space) {
        this.space = space;
    }

    @Override
    public MemorySource.@Nullable Chunk take(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        if (byteSize == 0) {
            throw new IllegalArgumentException("byteSize of a chunk is 0, must be more");
        }
        long pages = (byteSize - 1) / space.pageSize() + 1;
        long alignment = Math.max(1, byteAlignment / space.pageSize());
        lock.lock();
        try {
            if (!arena.scope().isAlive()) {
                throw new IllegalStateException("The session is closed");
            }
            long first = space.take(pages, alignment);
            if (first < 0) {
                return null;
            }
            if (!space.makeReady(first, pages)) {
                space.give(first, pages);
                return null;
            }
            MmapChunk chunk = new MmapChunk(first, pages, segment(first, byteSize));
            chunks.add(chunk);
            return chunk;
        } finally {
            lock.unlock();
        }
    }

    @SuppressWarnings("restricted")
    private MemorySegment segment(long first, long byteSize) {
        // SAFETY: the pages are accessible as long as the process runs, and in no other chunk.
        return MemorySegment.ofAddress(first * space.pageSize()).reinterpret(byteSize, arena, null);
    }

    /** {@inheritDoc} It is the memory that all sessions of the process keep together. */
    @Override
    public void trim() {
        space.trim();
    }

    /**
     * {@inheritDoc} All chunks are given back.
     *
     * @throws IllegalStateException if a foreign call is at work on one of them; then nothing is given back
     */
    @Override
    public void close() {
        lock.lock();
        try {
            if (arena.scope().isAlive()) {
                arena.close();
            }
            Closing.each(chunks, MmapChunk::close);
        } finally {
            lock.unlock();
        }
    }

    private final class MmapChunk implements MemorySource.Chunk {
        private final long first;
        private final long pages;
        private final MemorySegment memory;

        MmapChunk(long first, long pages, MemorySegment memory) {
            this.first = first;
            this.pages = pages;
            this.memory = memory;
        }

        @Override
        public MemorySegment memory() {
            return memory;
        }

        @Override
        public long takenBytes() {
            return pages * space.pageSize();
        }

        @Override
        public void close() {
            lock.lock();
            try {
                if (chunks.remove(this)) {
                    space.give(first, pages);
                }
            } finally {
                lock.unlock();
            }
        }
    }
}
