package dev.ashlar.metrics;

import static dev.ashlar.metrics.Figure.Kind.BYTES;
import static dev.ashlar.metrics.Figure.Kind.COUNTER;
import static dev.ashlar.metrics.Figure.Kind.NUMBER;
import static dev.ashlar.metrics.Figure.Kind.RATIO;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolStats;
import java.util.List;
import java.util.stream.Stream;

/** The figures of allocators, pools and limits. */
public final class Figures {

    /** Of an allocator, or of a part of one, such as a tier or a tag. */
    public static final List<Figure<AllocatorStats>> ALLOCATOR = List.of(
            new Figure<>("requestedBytes", BYTES, "Requested bytes of live blocks", AllocatorStats::requestedBytes),
            new Figure<>(
                    "allocatedBytes", BYTES, "Bytes of live blocks after rounding", AllocatorStats::allocatedBytes),
            new Figure<>("committedBytes", BYTES, "Taken from the memory source", AllocatorStats::committedBytes),
            new Figure<>(
                    "peakCommittedBytes", BYTES, "The most that was committed", AllocatorStats::peakCommittedBytes),
            new Figure<>("metadataBytes", BYTES, "Bookkeeping, on and off the heap", AllocatorStats::metadataBytes),
            new Figure<>("liveBlocks", NUMBER, "Blocks that are not freed", AllocatorStats::liveBlocks),
            new Figure<>("allocations", COUNTER, "Requests that were served", AllocatorStats::allocations),
            new Figure<>("frees", COUNTER, "Blocks that were freed", AllocatorStats::frees),
            new Figure<>("hits", COUNTER, "Requests served from memory that the allocator held", AllocatorStats::hits),
            new Figure<>(
                    "misses", COUNTER, "Requests for which memory was taken from upstream", AllocatorStats::misses),
            new Figure<>("refused", COUNTER, "Requests that could not be served", AllocatorStats::refused),
            new Figure<>(
                    "invalidFrees",
                    COUNTER,
                    "Frees and resizes refused because the block was not live",
                    AllocatorStats::invalidFrees),
            new Figure<>(
                    "upstreamCalls",
                    COUNTER,
                    "Times that memory was taken from upstream or went back",
                    AllocatorStats::upstreamCalls),
            new Figure<>("hitRate", RATIO, "Hits over all requests that were served", AllocatorStats::hitRate),
            new Figure<>(
                    "internalFragmentation",
                    RATIO,
                    "Share of the allocated bytes that was not requested",
                    AllocatorStats::internalFragmentation),
            new Figure<>(
                    "utilisation",
                    RATIO,
                    "Share of the committed bytes that live blocks take",
                    AllocatorStats::utilisation),
            new Figure<>(
                    "committedOverRequested",
                    RATIO,
                    "Committed over requested bytes; infinite if nothing is requested",
                    AllocatorStats::committedOverRequested));

    /** Of a pool, in objects. */
    public static final List<Figure<PoolStats>> POOL = List.of(
            new Figure<>("idle", NUMBER, "Objects that are kept ready", PoolStats::idle),
            new Figure<>("live", NUMBER, "Objects that are acquired", PoolStats::live),
            new Figure<>("created", COUNTER, "Objects that were made", PoolStats::created),
            new Figure<>("retrieved", COUNTER, "Objects that were acquired", PoolStats::retrieved),
            new Figure<>("returned", COUNTER, "Objects that were released", PoolStats::returned),
            new Figure<>("discarded", COUNTER, "Objects that the pool destroyed", PoolStats::discarded),
            new Figure<>("misses", COUNTER, "Acquires for which an object was made", PoolStats::misses),
            new Figure<>("hitRate", RATIO, "Share of the acquires that an idle object served", PoolStats::hitRate),
            new Figure<>(
                    "reuseRatio", RATIO, "Share of the acquires for which no object was made", PoolStats::reuseRatio));

    /** Of a pool, beside its statistics. */
    static final List<Figure<Pool<?>>> MAX_IDLE =
            List.of(new Figure<Pool<?>>("maxIdle", NUMBER, "Idle objects that are kept at most", Pool::maxIdle));

    /** Of the limit that an allocator keeps. */
    static final List<Figure<Limit>> USE = List.of(
            new Figure<>("usedBytes", BYTES, "Bytes that count against the limit", Limit::usedBytes),
            new Figure<>("limitBytes", BYTES, "The limit; -1 if there is none", Figures::limitBytes));

    /** Of a limit. */
    public static final List<Figure<Limit>> LIMIT = Stream.concat(
                    USE.stream(),
                    Stream.of(
                            new Figure<Limit>(
                                    "reservedBytes",
                                    BYTES,
                                    "Bytes that its parent holds for it, used or not",
                                    Limit::reservedBytes),
                            new Figure<Limit>("refused", COUNTER, "Requests for which it had no room", Limit::refused)))
            .toList();

    private Figures() {}

    private static double limitBytes(Limit limit) {
        return limit.limitBytes() == AllocationException.NO_LIMIT ? -1 : limit.limitBytes();
    }
}
