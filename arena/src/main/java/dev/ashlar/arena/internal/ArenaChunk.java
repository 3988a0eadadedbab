package dev.ashlar.arena.internal;

import dev.ashlar.spi.MemorySource;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** A core with memory of the source. */
final class ArenaChunk extends BumpCore {

    /** The alignment of a chunk: a page. Up to it, the alignment of an offset is that of its address. */
    static final int ALIGNMENT = 4096;

    /** The chunk of a stripe without memory. It serves nothing. */
    static final ArenaChunk NONE = new ArenaChunk(null, MemorySegment.NULL, true);

    /** Heap memory of the chunk, its core, section, segment, and entries in two sets, with compressed references. */
    static final int METADATA_BYTES = 48 + 32 + 48 + 48 + 48 + 40;

    private final MemorySource.@Nullable Chunk chunk;
    private final MemorySegment memory;
    private final long address;
    private final long byteSize;

    /** Guarded by this. */
    private boolean released;

    /** Uses of chunks are numbered; 0 while the chunk is idle. Guarded by the lock of {@link Chunks}. */
    long use;

    ArenaChunk(MemorySource.Chunk chunk, boolean shared) {
        this(chunk, chunk.memory(), shared);
    }

    private ArenaChunk(MemorySource.@Nullable Chunk chunk, MemorySegment memory, boolean shared) {
        super(memory.byteSize() & -GRANULE, shared);
        this.chunk = chunk;
        this.memory = memory;
        this.address = memory.address();
        this.byteSize = memory.byteSize();
    }

    MemorySegment memory() {
        return memory;
    }

    long address() {
        return address;
    }

    long byteSize() {
        return byteSize;
    }

    /** The bytes that it takes from the source. */
    long takenBytes() {
        return chunk == null ? 0 : chunk.takenBytes();
    }

    boolean contains(long other) {
        return other - address >= 0 && other - address < byteSize;
    }

    /**
     * Releases the memory, once.
     *
     * @throws IllegalStateException if a foreign call uses it now
     */
    synchronized void close() {
        if (chunk != null && !released) {
            chunk.close();
            released = true;
        }
    }
}
