package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AdaptiveProvider;
import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.AddressMap;
import dev.ashlar.spi.support.Closing;
import dev.ashlar.spi.support.Extent;
import dev.ashlar.spi.support.MappedSource;
import dev.ashlar.spi.support.MeteredSource;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The source of the chunks of all sub-allocators, with the hard and the soft limit, the {@link Reserve}, and the map
 * from an address to what lies there.
 *
 * <p>The sub-allocators use the same map. So one look-up finds the slab, region or large block of any of them, and its
 * sub-allocator is known from there. Where a strategy puts nothing into the map, its chunks are found, so strategies
 * that cannot identify their own memory are served too. When the allocator is closed it returns all chunks, also those
 * that a strategy could not close at first.
 */
final class SharedSource {

    /** The least alignment of chunks: a page. */
    static final long GRANULE = 4096;

    /** The source with the hard limit, and the figures of all sub-allocators together. */
    final MeteredSource metered;

    final long softLimitBytes;
    final Reserve reserve;

    /** The map of all sub-allocators, with the chunks in use below what they put there. */
    private final AddressMap<Extent> map;

    /** The chunks in use. */
    private final Set<OwnedChunk> chunks = ConcurrentHashMap.newKeySet();

    private final EventLog events;

    private volatile Consumer<SubAllocator> whenTakenAgain = sub -> {};

    /**
     * Set if the soft limit was passed since the last check. A benign race: a pass reads the figure too.
     */
    private volatile boolean pressed;

    /**
     * A source with its preallocated memory.
     *
     * @throws AllocationException if the memory to preallocate is not available
     */
    SharedSource(AllocatorConfig config, double softLimit, EventLog events) {
        // The requested bytes at the peak are the sum over the sub-allocators, which know them when they take a chunk.
        metered = MeteredSource.of(config, AdaptiveProvider.NAME, () -> 0);
        map = metered.map(GRANULE);
        softLimitBytes = (long) (config.limitBytes() * softLimit);
        this.events = events;
        try {
            reserve = new Reserve(metered, config.reserveBytes(), config.preallocateBytes());
        } catch (RuntimeException | Error e) {
            Closing.after(e, metered::close); // its session
            throw e;
        }
    }

    /**
     * Sets what to do when a sub-allocator takes chunks again and again that it has returned.
     *
     * @param action is called by the thread that allocates, so it must not wait
     */
    void whenTakenAgain(Consumer<SubAllocator> action) {
        whenTakenAgain = action;
    }

    /** Whether the soft limit is passed, or was passed since the last call. */
    boolean takePressure() {
        boolean was = pressed;
        pressed = false;
        return was || isScarce();
    }

    /** Whether more is committed than the soft limit allows. */
    boolean isScarce() {
        return metered.committedBytes() > softLimitBytes;
    }

    /** The slab, region, block or chunk at an address, or null. One look-up: four dependent reads. */
    @Nullable Extent find(long address) {
        return map.get(address);
    }

    /** The sub-allocator that holds the memory at an address at which something was found, or null. No look-up. */
    static @Nullable SubAllocator ownerOf(@Nullable Extent found, long address) {
        Extent chunk = found;
        while (chunk != null && !(chunk instanceof OwnedChunk)) {
            chunk = chunk.origin();
        }
        return chunk instanceof OwnedChunk owned && owned.holds(address) ? owned.owner : null;
    }

    /** The source of one sub-allocator. */
    MemorySource sourceOf(SubAllocator owner) {
        return new MappedSource() {
            @Override
            public AddressMap<Extent> map() {
                return map;
            }

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
        if (taken == null && reserve.giveBack(0)) { // it may have caused the refusal
            taken = metered.take(byteSize, byteAlignment);
        }
        if (taken == null) {
            return null;
        }
        OwnedChunk chunk = new OwnedChunk(owner, taken);
        chunk.register();
        if (owner.noteTaken(chunk.takenBytes)) {
            whenTakenAgain.accept(owner);
        }
        long committed = metered.committedBytes();
        events.add(new AllocatorEvent.ChunkTaken(events.now(), owner.name, chunk.takenBytes, committed));
        pressed |= committed > softLimitBytes;
        return chunk;
    }

    long metadataBytes() {
        return (metered.isMapShared() ? 0 : map.metadataBytes()) + (long) chunks.size() * OwnedChunk.METADATA_BYTES;
    }

    /**
     * Returns every chunk that can be returned. May be called again for the others.
     *
     * @param subs closes the sub-allocators, which return most of them
     */
    void close(Runnable subs) {
        metered.close(subs, () -> Closing.each(chunks, OwnedChunk::close), reserve::close);
    }

    /** A chunk of one sub-allocator. A close that fails may be repeated. The first successful one counts. */
    private final class OwnedChunk implements MemorySource.Chunk, Extent {

        /**
         * Heap memory of an entry in the map, this, the segment, and the wrapped chunk, estimated for compressed
         * references.
         */
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

        @Override
        public @Nullable Extent origin() {
            return null;
        }

        /** {@inheritDoc} The strategy has put nothing here, and may know its blocks by itself. */
        @Override
        public boolean tryFree(long address, long byteSize) {
            return false;
        }

        @Override
        public boolean isLive(long address) {
            return owner.isLive(address);
        }

        @Override
        public long allocatedSize(long address) {
            return owner.owner == null ? InvalidBlockException.UNKNOWN_SIZE : owner.owner.allocatedSize(address);
        }

        @Override
        public @Nullable MemorySegment blockAt(long address, long byteSize) {
            return owner.addresses().blockAt(address, byteSize);
        }

        @Override
        public @Nullable MemorySegment tryResizeInPlace(MemorySegment block, long byteSize, long byteAlignment) {
            return null;
        }

        boolean holds(long address) {
            return address - segment.address() < segment.byteSize();
        }

        void register() {
            map.cover(segment.address(), segment.byteSize());
            map.put(segment.address(), segment.byteSize(), this);
            chunks.add(this);
        }

        /** Removes the chunk from the map first: once it is released, another chunk may have the same address. */
        @Override
        public void close() {
            if (!chunks.remove(this)) {
                return;
            }
            map.remove(segment.address(), segment.byteSize());
            map.uncover(segment.address(), segment.byteSize());
            try {
                reserve.takeBack(chunk);
            } catch (RuntimeException | Error e) { // it stays open
                register();
                throw e;
            }
            owner.noteReturned(takenBytes);
            events.add(
                    new AllocatorEvent.ChunkReturned(events.now(), owner.name, takenBytes, metered.committedBytes()));
        }
    }
}
