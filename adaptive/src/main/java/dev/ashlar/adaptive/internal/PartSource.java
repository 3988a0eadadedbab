package dev.ashlar.adaptive.internal;

import dev.ashlar.spi.MemorySource;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Where one part takes its chunks: the source that all parts share, with a note in the map of whose memory it is. So a
 * block finds the part it belongs to by one lookup, whatever chose that part.
 */
final class PartSource implements MemorySource {

    private final Memory memory;
    private final Part part;

    PartSource(Memory memory, Part part) {
        this.memory = memory;
        this.part = part;
    }

    @Override
    public String name() {
        return memory.source().name();
    }

    @Override
    public @Nullable Chunk take(long byteSize, long byteAlignment) {
        Chunk chunk = memory.source().take(byteSize, Math.max(byteAlignment, Memory.GRANULE));
        if (chunk == null) {
            memory.noteRefused(byteSize);
            return null;
        }
        memory.register(part, chunk.memory());
        memory.noteTaken(part, byteSize);
        return new OwnedChunk(chunk);
    }

    private final class OwnedChunk implements Chunk {

        private final Chunk chunk;
        private final MemorySegment segment;

        OwnedChunk(Chunk chunk) {
            this.chunk = chunk;
            this.segment = chunk.memory();
        }

        @Override
        public MemorySegment memory() {
            return segment;
        }

        /** Forgets the chunk first: as soon as it is back, another part may get memory at the same address. */
        @Override
        public void close() {
            memory.unregister(segment);
            try {
                chunk.close();
            } catch (RuntimeException e) { // it stays open
                memory.register(part, segment);
                throw e;
            }
            memory.noteReturned(part, segment.byteSize());
        }
    }
}
