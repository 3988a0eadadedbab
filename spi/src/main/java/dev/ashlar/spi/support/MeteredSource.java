package dev.ashlar.spi.support;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Refusal;
import dev.ashlar.spi.MemorySource;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A memory source that counts what is taken through it and keeps that below a limit. All parts of one allocator take
 * their chunks through one of these, so that they share the limit and the figures.
 *
 * <p>Safe for use by many threads; adds a CAS to what the source costs.
 */
public final class MeteredSource implements MemorySource {

    /**
     * What a chunk takes on the heap: two handles, a segment, an arena with its session and list of resources.
     * Estimated for compressed references.
     */
    public static final int METADATA_BYTES_PER_CHUNK = 220;

    private final MemorySource source;
    private final long limitBytes;
    private final LongSupplier requestedBytes;
    private final AtomicLong committedBytes = new AtomicLong();
    private final LongAdder calls = new LongAdder();

    /** The chunk that could not be taken last. Benign: other threads' chunks may come between; it is for messages. */
    private volatile Lack lack = new Lack(0, 1, false);

    /** A chunk that could not be taken, and whether the source was why, or else the limit. */
    private record Lack(long byteSize, long byteAlignment, boolean bySource) {}

    /** Guarded by this. */
    private long peakCommittedBytes;

    /** Requested bytes when committed bytes were at their peak. Guarded by this. */
    private long requestedAtPeakBytes;

    /**
     * A source of which nothing is taken.
     *
     * @param source where chunks come from
     * @param limitBytes committed bytes at most, {@link AllocationException#NO_LIMIT} for no limit
     * @param requestedBytes tells what live blocks were asked for with; read at each new peak
     */
    public MeteredSource(MemorySource source, long limitBytes, LongSupplier requestedBytes) {
        this.source = source;
        this.limitBytes = limitBytes;
        this.requestedBytes = requestedBytes;
    }

    @Override
    public String name() {
        return source.name();
    }

    /**
     * An allocator underneath as a source without a limit, metered on its own.
     *
     * @param upstream where its chunks come from
     */
    public MeteredSource upstream(Allocator upstream) {
        return new MeteredSource(new AllocatorSource(upstream), AllocationException.NO_LIMIT, requestedBytes);
    }

    /** {@inheritDoc} Null also if the limit would be passed. */
    @Override
    public @Nullable Chunk take(long byteSize, long byteAlignment) {
        return take(byteSize, byteAlignment, 0);
    }

    /**
     * Takes a chunk for a request.
     *
     * @param byteSize size of the chunk in bytes, more than 0
     * @param byteAlignment its alignment, a power of two
     * @param requestedBytes what was asked for with the request, which a new peak counts as requested, if it is not
     *     among {@link #requestedBytes()} yet
     * @return as {@link #take(long, long)}
     */
    public @Nullable Chunk take(long byteSize, long byteAlignment, long requestedBytes) {
        long committed = commit(byteSize);
        if (committed < 0) {
            lack = new Lack(byteSize, byteAlignment, false);
            return null;
        }
        Chunk chunk = null;
        try {
            calls.increment();
            chunk = source.take(byteSize, byteAlignment);
        } finally {
            if (chunk == null) {
                committedBytes.addAndGet(-byteSize);
            }
        }
        if (chunk == null) {
            lack = new Lack(byteSize, byteAlignment, true);
            return null;
        }
        notePeak(committed, requestedBytes);
        return new MeteredChunk(chunk);
    }

    /** Committed bytes with these, or -1 if they would pass the limit. */
    private long commit(long byteSize) {
        long committed;
        do {
            committed = committedBytes.get();
            if (byteSize > limitBytes - committed) {
                return -1;
            }
        } while (!committedBytes.compareAndSet(committed, committed + byteSize));
        return committed + byteSize;
    }

    /**
     * Of the chunks that are out at the source's peak, the one committed last was committed on top of all others. So
     * the highest of these figures is never below that peak, whatever is given back before it is noted here.
     */
    private void notePeak(long committed, long moreRequested) {
        long requested = requestedBytes.getAsLong() + moreRequested;
        synchronized (this) {
            if (committed > peakCommittedBytes) {
                peakCommittedBytes = committed;
                requestedAtPeakBytes = requested;
            }
        }
    }

    /**
     * Why a request was refused for which a chunk could not be taken.
     *
     * @param byteSize bytes that the client asked for
     * @param byteAlignment the alignment that the client asked for
     * @param chunkSize bytes of the smallest chunk that would have served it
     */
    public Refusal refusal(long byteSize, long byteAlignment, long chunkSize) {
        long committed = committedBytes.get();
        boolean passesLimit = chunkSize > limitBytes - committed
                || (limitBytes != AllocationException.NO_LIMIT && !lack.bySource); // some was released since
        return passesLimit
                ? Refusal.limitReached(Refusal.UNNAMED, byteSize, chunkSize, committed, limitBytes)
                : Refusal.sourceExhausted(source.name(), byteSize, byteAlignment, committed);
    }

    /**
     * The same for a caller that does not know the chunk: the one that could not be taken last.
     *
     * @param byteSize bytes that the client asked for
     */
    public Refusal refusal(long byteSize) {
        Lack last = lack;
        return refusal(byteSize, last.byteAlignment, Math.max(byteSize, last.byteSize));
    }

    /** Committed bytes at most. */
    public long limitBytes() {
        return limitBytes;
    }

    /** Committed bytes now. */
    public long committedBytes() {
        return committedBytes.get();
    }

    /** What live blocks of the allocator were asked for with, whichever source they come from. */
    public long requestedBytes() {
        return requestedBytes.getAsLong();
    }

    /**
     * Committed bytes, how often memory was asked for or given back, and peaks; all other figures are 0. While many
     * threads take and give back, what is on its way counts in the peak: the source never had more out than that.
     */
    public synchronized AllocatorStats stats() {
        return AllocatorStats.builder()
                .committedBytes(committedBytes())
                .upstreamCalls(calls.sum())
                .peakCommittedBytes(peakCommittedBytes)
                .requestedAtPeakBytes(requestedAtPeakBytes)
                .build();
    }

    private final class MeteredChunk implements Chunk {
        private final Chunk chunk;
        private final MemorySegment memory;

        MeteredChunk(Chunk chunk) {
            this.chunk = chunk;
            this.memory = chunk.memory();
        }

        @Override
        public MemorySegment memory() {
            return memory;
        }

        @Override
        public void close() {
            chunk.close();
            committedBytes.addAndGet(-memory.byteSize());
            calls.increment();
        }
    }
}
