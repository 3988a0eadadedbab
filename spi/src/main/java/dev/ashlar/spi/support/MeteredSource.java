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
 * A memory source that charges what is taken through it to a limit. All parts of one allocator take their chunks
 * through one of these, so that they share the limit and the figures.
 *
 * <p>Safe for use by many threads; adds a CAS and a charge to what the source costs.
 */
public final class MeteredSource implements MemorySource {

    /**
     * What a chunk takes on the heap: two handles, a segment, an arena with its session and list of resources.
     * Estimated for compressed references.
     */
    public static final int METADATA_BYTES_PER_CHUNK = 220;

    private final MemorySource source;
    private final Limit limit;
    private final LongSupplier requestedBytes;
    private final AtomicLong committedBytes = new AtomicLong();
    private final LongAdder calls = new LongAdder();

    /** The chunk that could not be taken last. Benign: other threads' chunks may come between; it is for messages. */
    private volatile Lack lack;

    /** A chunk that could not be taken, and the limit that refused it, or null if the source did. */
    private record Lack(
            long takenBytes, long byteAlignment, @Nullable Limit limit) {}

    /** Guarded by this. */
    private long peakCommittedBytes;

    /** Requested bytes when committed bytes were at their peak. Guarded by this. */
    private long requestedAtPeakBytes;

    /**
     * A source of which nothing is taken.
     *
     * @param source where chunks come from
     * @param limit what committed bytes are charged to
     * @param requestedBytes tells what live blocks were asked for with; read at each new peak
     */
    public MeteredSource(MemorySource source, Limit limit, LongSupplier requestedBytes) {
        this.source = source;
        this.limit = limit;
        this.requestedBytes = requestedBytes;
        lack = new Lack(0, 1, limit.limitBytes() == AllocationException.NO_LIMIT ? null : limit);
    }

    /**
     * The same with a limit that has the source's name.
     *
     * @param source where chunks come from
     * @param limitBytes committed bytes at most, {@link AllocationException#NO_LIMIT} for no limit
     * @param requestedBytes tells what live blocks were asked for with; read at each new peak
     */
    public MeteredSource(MemorySource source, long limitBytes, LongSupplier requestedBytes) {
        this(source, Limit.of(source.name(), limitBytes), requestedBytes);
    }

    /**
     * The source of an allocator, with its limit within its budget.
     *
     * @param config source, limit, budget and name
     * @param strategy the name if none is set
     * @param requestedBytes tells what live blocks were asked for with; read at each new peak
     */
    public static MeteredSource of(AllocatorConfig config, String strategy, LongSupplier requestedBytes) {
        Limit.Builder limit = Limit.builder(config.nameOr(strategy)).bytes(config.limitBytes());
        config.budget().ifPresent(limit::parent);
        return new MeteredSource(config.source(), limit.build(), requestedBytes);
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

    /** {@inheritDoc} Null also if the limit would be passed. Its listeners are not asked: {@link #retry} does that. */
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
            chunk = source.take(byteSize, byteAlignment);
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

    /** Counts what a chunk took, where that is not what was expected. Null if the limit has no room for it. */
    private @Nullable MeteredChunk settle(Chunk chunk, long expected, long byteAlignment) {
        long taken = chunk.takenBytes();
        MeteredChunk metered = new MeteredChunk(chunk, taken);
        Limit refusing = taken > expected ? limit.tryChargeNow(taken - expected) : null;
        if (refusing != null) {
            committedBytes.addAndGet(taken - expected);
            limit.chargeAnyway(taken - expected); // until it is closed
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

    /** {@inheritDoc} It is what a chunk counts against the limit. */
    @Override
    public long takenBytes(long byteSize, long byteAlignment) {
        return source.takenBytes(byteSize, byteAlignment);
    }

    /**
     * The size of the largest chunk that takes no more than some bytes, for a source that adds as much to every size.
     *
     * @param takenBytes more than 0
     * @param byteAlignment the alignment of the chunk, a power of two
     * @return at most {@code takenBytes}; not above 0 if even the smallest chunk takes more
     */
    public long sizeTaking(long takenBytes, long byteAlignment) {
        return takenBytes - (takenBytes(takenBytes, byteAlignment) - takenBytes);
    }

    /**
     * Makes a request again that was refused, as long as the limit or the budget has no room for its chunk and has
     * listeners that ask for another try. The caller must hold no lock.
     *
     * @param <T> what is asked for
     * @param takenBytes what the smallest chunk takes that would serve it
     * @param request returns null if it is refused
     * @return what the request returned, or null
     */
    public <T> @Nullable T retry(long takenBytes, Supplier<? extends @Nullable T> request) {
        return limit.retry(takenBytes, request);
    }

    /**
     * What the chunk takes that a request needs, for a caller that does not know: the one that could not be taken last.
     *
     * @param byteSize bytes that the client asked for
     */
    public long lackingBytes(long byteSize) {
        return Math.max(byteSize, lack.takenBytes);
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
     * @param takenBytes what the smallest chunk takes that would have served it
     */
    public Refusal refusal(long byteSize, long byteAlignment, long takenBytes) {
        Limit now = limit.refusing(takenBytes);
        Limit refusing = now == null ? lack.limit : now; // some was released since
        return refusing == null
                ? Refusal.sourceExhausted(source.name(), byteSize, byteAlignment, committedBytes.get())
                : refusing.refusal(Refusal.Unit.MEMORY, byteSize, takenBytes);
    }

    /**
     * The same for a caller that does not know the chunk: the one that could not be taken last.
     *
     * @param byteSize bytes that the client asked for
     */
    public Refusal refusal(long byteSize) {
        return refusal(byteSize, lack.byteAlignment, lackingBytes(byteSize));
    }

    /** What committed bytes are charged to. */
    public Limit limit() {
        return limit;
    }

    /** Committed bytes at most. */
    public long limitBytes() {
        return limit.limitBytes();
    }

    /** Committed bytes now. */
    public long committedBytes() {
        return committedBytes.get();
    }

    /** Tells committed bytes, and refers to nothing else of this. */
    public LongSupplier committed() {
        return committedBytes::get;
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
