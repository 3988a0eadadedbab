package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.support.AddressMap;
import dev.ashlar.spi.support.MeteredSource;
import java.lang.foreign.MemorySegment;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * What all parts share: the source with the hard limit, the map from an address to the part whose memory it is, and the
 * soft limit.
 */
final class Memory {

    /**
     * What chunks are aligned to and the map tells apart: a page. Chunks that are no multiple of it share no page either,
     * because the next one begins at a page of its own.
     */
    static final long GRANULE = 4096;

    private final MeteredSource source;
    private final long softLimitBytes;
    private final AddressMap<Part> parts = new AddressMap<>(GRANULE);
    private final EventLog events;
    private final InstantSource clock;

    private volatile boolean dry;

    /** More was committed than the soft limit allows when a chunk was taken last. */
    private volatile boolean pressed;

    Memory(MemorySource source, long limitBytes, double softLimit, EventLog events, InstantSource clock) {
        // What was requested at the peak is told by the parts, which have it at hand when they take a chunk.
        this.source = new MeteredSource(source, limitBytes, () -> 0);
        this.softLimitBytes = (long) (limitBytes * softLimit);
        this.events = events;
        this.clock = clock;
    }

    /** The source, and not the limit, was why no chunk could be had last. */
    boolean isDry() {
        return dry;
    }

    void noteRefused(long byteSize) {
        dry = byteSize <= source.limitBytes() - source.committedBytes();
    }

    MeteredSource source() {
        return source;
    }

    long softLimitBytes() {
        return softLimitBytes;
    }

    /** The part whose memory an address lies in, or null. Costs a lookup by plain reads. */
    @Nullable Part partAt(long address) {
        return parts.getOwned(address);
    }

    void register(Part part, MemorySegment chunk) {
        parts.cover(chunk.address(), chunk.byteSize());
        parts.put(chunk.address(), chunk.byteSize(), part);
    }

    void unregister(MemorySegment chunk) {
        parts.remove(chunk.address(), chunk.byteSize());
        parts.uncover(chunk.address(), chunk.byteSize());
    }

    void noteTaken(Part part, long byteSize) {
        part.noteChunk(byteSize);
        long committed = source.committedBytes();
        events.add(new AllocatorEvent.ChunkTaken(clock.instant(), part.name(), byteSize, committed));
        pressed |= committed > softLimitBytes;
    }

    void noteReturned(Part part, long byteSize) {
        part.noteChunk(-byteSize);
        events.add(new AllocatorEvent.ChunkReturned(clock.instant(), part.name(), byteSize, source.committedBytes()));
    }

    /** Whether the soft limit was passed since this was asked last. */
    boolean wasPressed() {
        boolean was = pressed;
        pressed = false;
        return was;
    }

    long metadataBytes() {
        return parts.metadataBytes();
    }
}
