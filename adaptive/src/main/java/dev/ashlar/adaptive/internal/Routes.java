package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Inspectable.Visitor;
import java.lang.foreign.MemorySegment;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What becomes of requests that are not the common case: hints, refusals, batches; and of blocks in parts that are rare. */
final class Routes {

    private final Composition composition;
    private final Memory memory;
    private final EventLog events;
    private final InstantSource clock;
    private final Reclaimer reclaimer;
    private final LongAdder refused = new LongAdder();
    private final LargeRequests largeRequests;

    /**
     * The sizes of requests, by tier of those whose size classes can be chosen; null for the others. Plain, as is the flag:
     * a thread that sees an old value counts a moment longer or shorter, which is as good a sample.
     */
    private final @Nullable SizeHistogram[] histograms;

    private boolean sampling;

    Routes(Composition composition, EventLog events, InstantSource clock) {
        this.composition = composition;
        this.memory = composition.memory();
        this.events = events;
        this.clock = clock;
        this.reclaimer = new Reclaimer(composition);
        this.histograms = new @Nullable SizeHistogram[composition.tiers().size()];
        Tier last = composition.tiers().getLast();
        this.largeRequests =
                new LargeRequests(last, composition.settings().adaptation().interval(), events, clock);
    }

    EventLog events() {
        return events;
    }

    Reclaimer reclaimer() {
        return reclaimer;
    }

    /** The part whose memory an address lies in; the one that knows no block where there is none. */
    Part partAt(long address) {
        Part part = memory.partAt(address);
        return part == null ? composition.huge() : part;
    }

    boolean isSampling() {
        return sampling;
    }

    void setSampling(boolean sampling) {
        this.sampling = sampling;
    }

    /** Counts sizes of a tier from now on. */
    void setHistogram(int tier, SizeHistogram histogram) {
        histograms[tier] = histogram;
    }

    /** Counts the size of a request, if it is one that somebody serves, and records it if anybody wants that. */
    void sample(long byteSize, long byteAlignment) {
        events.recorder().allocated(byteSize, null);
        Tier tier = composition.tierOf(byteSize);
        if (tier != null && byteSize >= 0) {
            SizeHistogram histogram = histograms[composition.tiers().indexOf(tier)];
            if (histogram != null) {
                histogram.count(byteSize, byteAlignment);
            }
        }
    }

    MemorySegment allocateAfterRefusal(long byteSize, long byteAlignment) {
        MemorySegment block = tryAllocateAfterRefusal(byteSize, byteAlignment);
        if (block == null) {
            throw refusal(byteSize);
        }
        return block;
    }

    @Nullable MemorySegment tryAllocateAfterRefusal(long byteSize, long byteAlignment) {
        Part part = ableOr(partFor(byteSize), byteSize, byteAlignment);
        return tryWith(part, byteSize, byteAlignment);
    }

    private @Nullable MemorySegment tryWith(Part part, long byteSize, long byteAlignment) {
        MemorySegment block = tryAndReclaim(part, byteSize, byteAlignment);
        if (block == null) {
            noteRefusal(byteSize, byteAlignment);
        }
        return block;
    }

    private @Nullable MemorySegment tryAndReclaim(Part part, long byteSize, long byteAlignment) {
        MemorySegment block = part.allocator.tryAllocate(byteSize, byteAlignment);
        return block != null
                ? block
                : reclaimer.retry(byteSize, () -> part.allocator.tryAllocate(byteSize, byteAlignment));
    }

    private Part partFor(long byteSize) {
        Tier tier = composition.tierOf(byteSize);
        boolean isLast = tier == composition.tiers().getLast();
        return tier == null || (isLast && isRare(byteSize)) ? composition.huge() : tier.part();
    }

    /** Counts a request for a large block, and says whether it is to be a chunk of its own. */
    boolean isRare(long byteSize) {
        return byteSize > LargeRequests.LARGE && largeRequests.isRare();
    }

    LargeRequests largeRequests() {
        return largeRequests;
    }

    /** The part, or that of chunks of their own if the request is beyond what the part's strategy serves. */
    private Part ableOr(Part part, long byteSize, long byteAlignment) {
        return part.serves(byteSize, byteAlignment) ? part : composition.huge();
    }

    private void noteRefusal(long byteSize, long byteAlignment) {
        refused.increment();
        events.add(new AllocatorEvent.AllocationFailed(
                clock.instant(),
                byteSize,
                byteAlignment,
                memory.source().committedBytes(),
                memory.source().limitBytes()));
    }

    private AllocationException refusal(long byteSize) {
        long committed = memory.source().committedBytes();
        return memory.isDry()
                ? AllocationException.sourceExhausted(
                        byteSize, committed, memory.source().name(), null)
                : AllocationException.limitReached(
                        byteSize, committed, memory.source().limitBytes());
    }

    /** Serves a request from the part that its hints choose. */
    MemorySegment allocate(long byteSize, long byteAlignment, AllocationHints hints) {
        Allocator.requireValid(byteSize, byteAlignment);
        if (sampling) {
            events.recorder().allocated(byteSize, hints.tag());
        }
        long alignment = HintedParts.alignment(byteAlignment, hints);
        Tier tier = composition.tierOf(byteSize);
        Part hinted = tier == null ? null : composition.hinted().partFor(tier, hints);
        Part chosen = hinted != null ? hinted : partFor(byteSize);
        MemorySegment block = tryWith(ableOr(chosen, byteSize, alignment), byteSize, alignment);
        if (block == null) {
            throw refusal(byteSize);
        }
        return block;
    }

    /**
     * Serves a batch, all or nothing. The limit is checked once for all of it: against what would have to be live, since
     * everything else can go back. A block that is refused after that is tried again as one alone would be, beside those
     * that the batch has by then; so each part counts what it did, once.
     */
    List<MemorySegment> allocateAll(long[] byteSizes, long byteAlignment) {
        Allocator.requireValid(0, byteAlignment);
        long total = 0;
        for (long byteSize : byteSizes) {
            Allocator.requireValid(byteSize, byteAlignment);
            total = byteSize <= Long.MAX_VALUE - total ? total + byteSize : Long.MAX_VALUE;
        }
        List<MemorySegment> blocks = new ArrayList<>(byteSizes.length);
        if (fits(total) || (reclaimer.ask(total) && fits(total))) {
            for (long byteSize : byteSizes) {
                Part part = ableOr(partFor(byteSize), byteSize, byteAlignment);
                MemorySegment block = tryAndReclaim(part, byteSize, byteAlignment);
                if (block == null) {
                    break;
                }
                blocks.add(block);
            }
        }
        if (blocks.size() < byteSizes.length) {
            blocks.forEach(block -> free(memory.partAt(block.address()), block));
            noteRefusal(total, byteAlignment);
            throw refusal(total);
        }
        return blocks;
    }

    private boolean fits(long byteSize) {
        long limit = memory.source().limitBytes();
        return limit == AllocationException.NO_LIMIT
                || byteSize <= limit - composition.stats().requestedBytes();
    }

    /** Frees a block of a part, or of none, in which case it is foreign or the allocator closed. */
    void free(@Nullable Part part, MemorySegment block) {
        (part == null ? composition.huge() : part).allocator.free(block);
    }

    /** Makes a resize again, within its part, after idle memory went back. */
    MemorySegment resizeAfterRefusal(Part part, MemorySegment block, long byteSize, long byteAlignment) {
        MemorySegment resized = reclaimer.<MemorySegment>retry(byteSize, () -> {
            try {
                return part.allocator.resize(block, byteSize, byteAlignment);
            } catch (AllocationException e) {
                return null;
            }
        });
        if (resized == null) {
            noteRefusal(byteSize, byteAlignment);
            throw refusal(byteSize);
        }
        return resized;
    }

    AllocatorStats stats() {
        return Totals.whole(composition.stats(), memory, refused.sum(), metadataBytes());
    }

    /** What routing takes on the heap beside the parts. */
    private long metadataBytes() {
        long bytes = memory.metadataBytes();
        for (SizeHistogram histogram : histograms) {
            bytes += histogram == null ? 0 : histogram.metadataBytes();
        }
        return bytes;
    }

    void inspect(Visitor visitor) {
        for (Part part : composition.parts()) {
            Objects.requireNonNull(part.inspectable).inspect(visitor);
        }
    }
}
