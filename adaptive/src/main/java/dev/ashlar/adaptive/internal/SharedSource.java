package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AdaptiveProvider;
import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.api.AllocationException;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.Closing;
import dev.ashlar.spi.support.MeteredSource;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * Where all sub-allocators take their chunks: the source with the hard limit and the soft one, the {@link Reserve}, and
 * all chunks that are out, by address.
 *
 * <p>So it finds the sub-allocator of any block, also of strategies that cannot tell their memory from others', and
 * gives all chunks back when the allocator is closed, whatever a strategy makes of a chunk that could not be closed at
 * first.
 */
final class SharedSource {

    /** What chunks are aligned to at least: a page. */
    static final long GRANULE = 4096;

    /** With the hard limit, and the figures of all together. */
    final MeteredSource metered;

    final long softLimitBytes;
    final Reserve reserve;
    private final ConcurrentSkipListMap<Long, OwnedChunk> chunks = new ConcurrentSkipListMap<>();
    private final EventLog events;

    /**
     * More was committed than the soft limit allows since this was asked last. Benign: a pass looks at the figure too.
     */
    private volatile boolean pressed;

    /**
     * A source with what is to be taken ahead.
     *
     * @throws AllocationException if that cannot be had
     */
    SharedSource(AllocatorConfig config, double softLimit, EventLog events) {
        // What was requested at the peak is summed up from the sub-allocators, which know it when they take a chunk.
        metered = MeteredSource.of(config, AdaptiveProvider.NAME, () -> 0);
        softLimitBytes = (long) (config.limitBytes() * softLimit);
        reserve = new Reserve(metered, config.reserveBytes(), config.preallocateBytes());
        this.events = events;
    }

    /** Whether the soft limit is passed, or was since this was asked last. */
    boolean takePressure() {
        boolean was = pressed;
        pressed = false;
        return was || isScarce();
    }

    /** Whether more is committed than the soft limit allows. */
    boolean isScarce() {
        return metered.committedBytes() > softLimitBytes;
    }

    /** The sub-allocator whose memory an address lies in, or null. Costs time logarithmic in the number of chunks. */
    @Nullable SubAllocator ownerOf(long address) {
        Map.Entry<Long, OwnedChunk> below = chunks.floorEntry(address);
        return below != null && below.getValue().holds(address) ? below.getValue().owner : null;
    }

    /** The source of one sub-allocator. */
    MemorySource sourceOf(SubAllocator owner) {
        return new MemorySource() {
            @Override
            public String name() {
                return metered.name();
            }

            @Override
            public long takenBytes(long byteSize, long byteAlignment) { // less if it is cut from the reserve
                return metered.takenBytes(byteSize, Math.max(byteAlignment, GRANULE));
            }

            @Override
            public @Nullable Chunk take(long byteSize, long byteAlignment) {
                return SharedSource.this.take(owner, byteSize, Math.max(byteAlignment, GRANULE));
            }
        };
    }

    private @Nullable OwnedChunk take(SubAllocator owner, long byteSize, long byteAlignment) {
        MemorySource.Chunk taken = reserve.cut(byteSize, byteAlignment);
        if (taken == null) {
            taken = metered.take(byteSize, byteAlignment);
        }
        if (taken == null && reserve.giveBack(0)) { // it may have been in the way
            taken = metered.take(byteSize, byteAlignment);
        }
        if (taken == null) {
            return null;
        }
        OwnedChunk chunk = new OwnedChunk(owner, taken);
        chunk.register();
        owner.noteChunk(chunk.takenBytes);
        long committed = metered.committedBytes();
        events.add(new AllocatorEvent.ChunkTaken(events.now(), owner.name, chunk.takenBytes, committed));
        pressed |= committed > softLimitBytes;
        return chunk;
    }

    long metadataBytes() {
        return (long) chunks.size() * OwnedChunk.METADATA_BYTES;
    }

    /** Gives every chunk back that can be given back. May be called again for the others. */
    void close() {
        Closing.all(() -> Closing.each(chunks.values(), OwnedChunk::close), reserve::close);
    }

    /** A chunk of one sub-allocator. It can be closed until it is closed, by whoever comes first. */
    private final class OwnedChunk implements MemorySource.Chunk {

        /** An entry in the map, this, the segment, and what this wraps, estimated for compressed references. */
        static final int METADATA_BYTES = 48 + 32 + 48 + 48;

        private final SubAllocator owner;
        private final MemorySource.Chunk chunk;
        private final MemorySegment segment;
        private final long takenBytes;

        OwnedChunk(SubAllocator owner, MemorySource.Chunk chunk) {
            this.owner = owner;
            this.chunk = chunk;
            this.segment = chunk.memory();
            this.takenBytes = chunk.takenBytes();
        }

        @Override
        public MemorySegment memory() {
            return segment;
        }

        @Override
        public long takenBytes() {
            return takenBytes;
        }

        boolean holds(long address) {
            return address - segment.address() < segment.byteSize();
        }

        void register() {
            chunks.put(segment.address(), this);
        }

        /** Forgets the chunk first: as soon as it is back, somebody else may get memory at the same address. */
        @Override
        public void close() {
            if (!chunks.remove(segment.address(), this)) {
                return;
            }
            try {
                reserve.takeBack(chunk);
            } catch (RuntimeException | Error e) { // it stays open
                register();
                throw e;
            }
            owner.noteChunk(-takenBytes);
            events.add(
                    new AllocatorEvent.ChunkReturned(events.now(), owner.name, takenBytes, metered.committedBytes()));
        }
    }
}
