package dev.ashlar.replay;

import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.MemorySource;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A memory source that counts its open chunks. */
final class CountingSource implements MemorySource {

    private final MemorySource source;
    private final AtomicLong chunks;
    private final AtomicLong bytes;

    CountingSource(MemorySource source) {
        this(source, new AtomicLong(), new AtomicLong());
    }

    private CountingSource(MemorySource source, AtomicLong chunks, AtomicLong bytes) {
        this.source = source;
        this.chunks = chunks;
        this.bytes = bytes;
    }

    /** {@inheritDoc} It counts here. */
    @Override
    public MemorySource with(AllocatorConfig config) {
        return new CountingSource(source.with(config), chunks, bytes);
    }

    /** Open chunks. */
    long chunks() {
        return chunks.get();
    }

    /** The bytes that they take. */
    long bytes() {
        return bytes.get();
    }

    @Override
    public String name() {
        return source.name();
    }

    @Override
    public @Nullable Chunk take(long byteSize, long byteAlignment) {
        return counted(source.take(byteSize, byteAlignment));
    }

    @Override
    public Session open() {
        Session session = source.open();
        return new Session() {
            @Override
            public @Nullable Chunk take(long byteSize, long byteAlignment) {
                return counted(session.take(byteSize, byteAlignment));
            }

            @Override
            public void trim() {
                session.trim();
            }

            @Override
            public void close() {
                session.close();
            }
        };
    }

    private @Nullable Chunk counted(@Nullable Chunk chunk) {
        if (chunk == null) {
            return null;
        }
        chunks.incrementAndGet();
        bytes.addAndGet(chunk.takenBytes());
        return new CountedChunk(chunk);
    }

    @Override
    public long takenBytes(long byteSize, long byteAlignment) {
        return source.takenBytes(byteSize, byteAlignment);
    }

    private final class CountedChunk implements Chunk {

        private final Chunk chunk;

        CountedChunk(Chunk chunk) {
            this.chunk = chunk;
        }

        @Override
        public MemorySegment memory() {
            return chunk.memory();
        }

        @Override
        public long takenBytes() {
            return chunk.takenBytes();
        }

        @Override
        public void close() {
            chunk.close();
            chunks.decrementAndGet();
            bytes.addAndGet(-takenBytes());
        }
    }
}
