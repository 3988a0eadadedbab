package dev.ashlar.spi.support;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Refusal;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.MemorySource;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A memory source that counts the memory taken from it against a limit. All parts of one allocator use the same metered
 * source, so they share the limit and the figures.
 *
 * <p>Safe for use by many threads. It adds a compare-and-set and a charge of the limit to the cost of the source.
 */
public final class MeteredSource implements MemorySource {

    /**
     * Heap memory of a chunk: two handles, a segment, an arena with its session and list of resources. Estimated for
     * compressed references.
     */
    public static final int METADATA_BYTES_PER_CHUNK = 220;

    /**
     * The requested bytes are read when the peak or the number of chunks has grown by one part of so many. So they are
     * exact up to 256 chunks, and later at most 0.4 % of the peak too low.
     */
    private static final long READ_SHARE = 256;

    private final MemorySource source;
    private final Session session;
    private final Limit limit;
    private final LongSupplier requestedBytes;
    private final AtomicLong committedBytes = new AtomicLong();
    private final LongAdder calls = new LongAdder();

    /**
     * The last chunk that could not be taken. A benign race: another thread may have tried to take it. It is only used
     * in messages.
     */
    private volatile Lack lack;

    /** A chunk that could not be taken, and the limit that refused it, or null if the source did. */
    private record Lack(
            long takenBytes, long byteAlignment, @Nullable Limit limit) {}

    /** Guarded by this. */
    private long peakCommittedBytes;

    /** Requested bytes when so many bytes were committed. Guarded by this. */
    private long requestedAtPeakBytes;

    /** The peak when the requested bytes were read. Guarded by this. */
    private long readAtPeakBytes;

    /** Chunks since then that made a new peak. Guarded by this. */
    private long takesSinceRead;

    /**
     * A source from which nothing is taken yet.
     *
     * @param source where chunks come from
     * @param limit the committed bytes count against it
     * @param requestedBytes returns the requested bytes of live blocks; read at each new peak
     */
    public MeteredSource(MemorySource source, Limit limit, LongSupplier requestedBytes) {
        this.source = source;
        session = source.open();
        this.limit = limit;
        this.requestedBytes = requestedBytes;
        lack = new Lack(0, 1, limit.limitBytes() == AllocationException.NO_LIMIT ? null : limit);
    }

    /**
     * The same with a new limit that has the name of the source.
     *
     * @param source where chunks come from
     * @param limitBytes the largest number of committed bytes, {@link AllocationException#NO_LIMIT} for no limit
     * @param requestedBytes returns the requested bytes of live blocks; read at each new peak
     */
    public MeteredSource(MemorySource source, long limitBytes, LongSupplier requestedBytes) {
        this(source, Limit.of(source.name(), limitBytes), requestedBytes);
    }

    /**
     * The source of an allocator, whose limit has the budget as its parent.
     *
     * @param config source, limit, budget and name
     * @param strategy the name of the limit if the configuration has no name
     * @param requestedBytes returns the requested bytes of live blocks; read at each new peak
     */
    public static MeteredSource of(AllocatorConfig config, String strategy, LongSupplier requestedBytes) {
        Limit.Builder limit = Limit.builder(config.nameOr(strategy)).bytes(config.limitBytes());
        config.budget().ifPresent(limit::parent);
        return new MeteredSource(config.source().with(config), limit.build(), requestedBytes);
    }

    @Override
    public String name() {
        return source.name();
    }

    /**
     * The map for the chunks that are taken from here: that of a {@link MappedSource}, or a new one.
     *
     * @param granule the granule of a new map
     */
    public AddressMap<Extent> map(long granule) {
        return source instanceof MappedSource mapped ? mapped.map() : new AddressMap<>(granule);
    }

    /**
     * What a {@link MappedSource} has put into its map for a chunk, or null.
     *
     * @param chunk a chunk taken from here
     */
    public static @Nullable Extent extentOf(Chunk chunk) {
        return chunk instanceof MeteredChunk metered && metered.chunk instanceof Extent extent ? extent : null;
    }

    /** Whether {@link #map} is one that others use too. */
    public boolean isMapShared() {
        return source instanceof MappedSource;
    }

    /**
     * A source without a limit that takes its chunks from an upstream allocator and is metered separately.
     *
     * @param upstream the allocator that chunks come from
     */
    public MeteredSource upstream(Allocator upstream) {
        return new MeteredSource(new AllocatorSource(upstream), AllocationException.NO_LIMIT, requestedBytes);
    }

    /**
     * {@inheritDoc} Also null if the limit has no room. The listeners of the limit are not called; {@link #retry} calls
     * them.
     */
    @Override
    public @Nullable Chunk take(long byteSize, long byteAlignment) {
        return take(byteSize, byteAlignment, 0);
    }

    /**
     * Takes a chunk for a request.
     *
     * @param byteSize size of the chunk in bytes, more than 0
     * @param byteAlignment its alignment, a power of two
     * @param requestedBytes the requested bytes of the request if {@link #requestedBytes()} does not include them yet,
     *     otherwise 0; they are added if this is a new peak
     * @return as {@link #take(long, long)}
     */
    public @Nullable Chunk take(long byteSize, long byteAlignment, long requestedBytes) {
        long expected = source.takenBytes(byteSize, byteAlignment);
        Limit refusing = limit.tryChargeNow(expected);
        if (refusing != null) {
            lack = new Lack(expected, byteAlignment, refusing);
            return null;
        }
        long committed = committedBytes.addAndGet(expected);
        Chunk chunk = null;
        try {
            calls.increment();
            chunk = session.take(byteSize, byteAlignment);
        } finally {
            if (chunk == null) {
                release(expected);
            }
        }
        if (chunk == null) {
            lack = new Lack(expected, byteAlignment, null);
            return null;
        }
        MeteredChunk settled = settle(chunk, expected, byteAlignment);
        if (settled != null) {
            notePeak(committed + settled.takenBytes - expected, requestedBytes);
        }
        return settled;
    }

    /**
     * Corrects the count if the chunk takes more or less than expected. Returns null if it takes more and the limit has
     * no room for that.
     */
    private @Nullable MeteredChunk settle(Chunk chunk, long expected, long byteAlignment) {
        long taken = chunk.takenBytes();
        MeteredChunk metered = new MeteredChunk(chunk, taken);
        Limit refusing = taken > expected ? limit.tryChargeNow(taken - expected) : null;
        if (refusing != null) {
            committedBytes.addAndGet(taken - expected);
            limit.chargeAnyway(taken - expected); // until the chunk is closed below
            lack = new Lack(taken, byteAlignment, refusing);
            metered.close();
            return null;
        }
        if (taken < expected) {
            limit.discharge(expected - taken);
        }
        if (taken != expected) {
            committedBytes.addAndGet(taken - expected);
        }
        return metered;
    }

    private void release(long takenBytes) {
        committedBytes.addAndGet(-takenBytes);
        limit.discharge(takenBytes);
    }

    /** {@inheritDoc} A chunk counts with this number against the limit. */
    @Override
    public long takenBytes(long byteSize, long byteAlignment) {
        return source.takenBytes(byteSize, byteAlignment);
    }

    /**
     * The size of the largest chunk that takes no more than a number of bytes. It is exact if the source adds the same
     * padding to every size.
     *
     * @param takenBytes the bytes that the chunk may take, more than 0
     * @param byteAlignment the alignment of the chunk, a power of two
     * @return at most {@code takenBytes}; 0 or less if even the smallest chunk takes more
     */
    public long sizeTaking(long takenBytes, long byteAlignment) {
        return takenBytes - (takenBytes(takenBytes, byteAlignment) - takenBytes);
    }

    /**
     * Repeats a request that was refused because the limit or the budget has no room for its chunk, as long as
     * listeners ask for another try. The caller must hold no lock.
     *
     * @param <T> the type of the result
     * @param takenBytes the bytes that the smallest chunk for the request takes
     * @param request returns null if it is refused
     * @return what the request returned, or null
     */
    public <T> @Nullable T retry(long takenBytes, Supplier<? extends @Nullable T> request) {
        return limit.retry(takenBytes, request);
    }

    /**
     * The bytes of the chunk that a request needs, for a caller that does not know them. They are those of the last
     * chunk that could not be taken, but at least the requested bytes.
     *
     * @param byteSize requested bytes
     */
    public long lackingBytes(long byteSize) {
        return Math.max(byteSize, lack.takenBytes);
    }

    /**
     * At the source's peak, the chunk that was committed last was added to all others. So the highest value noted here
     * is never below that peak, even if memory is returned before this thread notes it.
     *
     * <p>Reading the requested bytes may cost a walk over chunks. So they are read again when the peak, or the number
     * of chunks, has grown by a share: then a chunk costs a bounded number of steps of such walks, however many there
     * are.
     */
    private void notePeak(long committed, long moreRequested) {
        synchronized (this) {
            peakCommittedBytes = Math.max(peakCommittedBytes, committed);
            if (committed <= readAtPeakBytes) {
                return; // no new peak
            }
            takesSinceRead++;
            boolean hasGrown =
                    committed - readAtPeakBytes >= committed / READ_SHARE || takesSinceRead >= calls.sum() / READ_SHARE;
            if (!hasGrown) {
                return;
            }
            takesSinceRead = 0;
        }
        long requested = requestedBytes.getAsLong() + moreRequested;
        synchronized (this) {
            if (committed > readAtPeakBytes) {
                readAtPeakBytes = committed;
                requestedAtPeakBytes = requested;
            }
        }
    }

    /**
     * Why a request was refused: the chunk for it could not be taken.
     *
     * @param byteSize requested bytes
     * @param byteAlignment the requested alignment
     * @param takenBytes the bytes that the smallest chunk for the request takes
     */
    public Refusal refusal(long byteSize, long byteAlignment, long takenBytes) {
        Limit now = limit.refusing(takenBytes);
        Limit refusing = now == null ? lack.limit : now; // memory was released meanwhile
        return refusing == null
                ? Refusal.sourceExhausted(source.name(), byteSize, byteAlignment, committedBytes.get())
                : refusing.refusal(Refusal.Unit.MEMORY, byteSize, takenBytes);
    }

    /**
     * The same for a caller that does not know the chunk. It reports the last chunk that could not be taken.
     *
     * @param byteSize requested bytes
     */
    public Refusal refusal(long byteSize) {
        return refusal(byteSize, lack.byteAlignment, lackingBytes(byteSize));
    }

    /** The limit that the committed bytes count against. */
    public Limit limit() {
        return limit;
    }

    /** The largest number of committed bytes. */
    public long limitBytes() {
        return limit.limitBytes();
    }

    /** Committed bytes now. */
    public long committedBytes() {
        return committedBytes.get();
    }

    /** A function that returns the committed bytes. It holds no reference to this source. */
    public LongSupplier committed() {
        return committedBytes::get;
    }

    /** Requested bytes of the allocator's live blocks, from any source. */
    public long requestedBytes() {
        return requestedBytes.getAsLong();
    }

    /**
     * The committed bytes, the calls of the source, and the peaks. All other figures are 0. While several threads take
     * and return memory, the peak may include memory that is just being taken or returned. The memory in use was never
     * more than the peak.
     */
    public synchronized AllocatorStats stats() {
        return AllocatorStats.builder()
                .committedBytes(committedBytes())
                .upstreamCalls(calls.sum())
                .peakCommittedBytes(peakCommittedBytes)
                .requestedAtPeakBytes(requestedAtPeakBytes)
                .build();
    }

    /** Gives back at once what the source keeps of the chunks that came back. For the end of an allocator's trim. */
    public void trim() {
        session.trim();
    }

    /**
     * Closes the session with the source, and what the allocator took through it. For the end of the allocator.
     *
     * @param parts close all chunks that are still out. Each is run whatever the others throw
     * @throws IllegalStateException if a foreign call is at work on memory of the session, and it can be closed as a
     *     whole only: then no part was run. Or the first that a part throws. This may be called again for the rest
     */
    public void close(Runnable... parts) {
        session.close();
        Closing.all(parts);
    }

    private final class MeteredChunk implements Chunk {
        private final Chunk chunk;
        private final MemorySegment memory;
        private final long takenBytes;

        MeteredChunk(Chunk chunk, long takenBytes) {
            this.chunk = chunk;
            this.memory = chunk.memory();
            this.takenBytes = takenBytes;
        }

        @Override
        public MemorySegment memory() {
            return memory;
        }

        @Override
        public long takenBytes() {
            return takenBytes;
        }

        @Override
        public void close() {
            chunk.close();
            release(takenBytes);
            calls.increment();
        }
    }
}
