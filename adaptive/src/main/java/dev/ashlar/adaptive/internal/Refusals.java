package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.adaptive.PressureListener;
import dev.ashlar.adaptive.Registration;
import java.lang.foreign.MemorySegment;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done before a request is refused: idle memory of all sub-allocators is reclaimed, so that the one that needs it can
 * take it; then those who listen for pressure are asked to free blocks. After each of these that gained something the same
 * sub-allocator is asked again. A request that is refused in the end is counted once, and is an event.
 */
final class Refusals {

    private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);

    private final Tiers tiers;
    private final SharedSource source;
    private final EventLog events;
    private final InstantSource clock;
    private final LongAdder refused = new LongAdder();
    private final List<PressureListener> listeners = new CopyOnWriteArrayList<>();

    /** Set while this thread asks listeners, whose own requests must not ask again. */
    private final ThreadLocal<Boolean> asking = new ThreadLocal<>();

    Refusals(Tiers tiers, SharedSource source, EventLog events, InstantSource clock) {
        this.tiers = tiers;
        this.source = source;
        this.events = events;
        this.clock = clock;
    }

    /** Makes a request, again if need be. */
    MemorySegment allocate(SubAllocator from, long byteSize, long byteAlignment) {
        MemorySegment block = from.allocator.tryAllocate(byteSize, byteAlignment);
        return block != null ? block : allocateAgain(from, byteSize, byteAlignment);
    }

    /** Makes a request again that was refused. */
    MemorySegment allocateAgain(SubAllocator from, long byteSize, long byteAlignment) {
        MemorySegment block = tryAgain(from, byteSize, byteAlignment);
        if (block == null) {
            throw source.refusal(byteSize);
        }
        return block;
    }

    /** Makes a request again that was refused. Null if it stays refused, which is counted. */
    @Nullable MemorySegment tryAgain(SubAllocator from, long byteSize, long byteAlignment) {
        MemorySegment block = reclaimAndTry(from, byteSize, byteAlignment);
        if (block == null) {
            note(byteSize, byteAlignment);
        }
        return block;
    }

    /** Makes a request again that was refused. Null if it stays refused, which the caller has to {@link #note}. */
    @Nullable MemorySegment reclaimAndTry(SubAllocator from, long byteSize, long byteAlignment) {
        return retry(
                byteSize,
                () -> from.allocator.tryAllocate(byteSize, byteAlignment),
                () -> from.tryFormerClasses(byteSize, byteAlignment));
    }

    /** Resizes a block again, which was refused. */
    MemorySegment resizeAgain(SubAllocator owner, MemorySegment block, long byteSize, long byteAlignment) {
        MemorySegment resized = retry(
                byteSize,
                () -> owner.tryResize(block, byteSize, byteAlignment),
                () -> owner.tryMoveToFormerClass(block, byteSize, byteAlignment));
        if (resized == null) {
            note(byteSize, byteAlignment);
            throw source.refusal(byteSize);
        }
        return resized;
    }

    /** Makes a request again after each step that gained something, and another one, which takes what needs no gain. */
    private @Nullable MemorySegment retry(
            long byteSize, Supplier<@Nullable MemorySegment> request, Supplier<@Nullable MemorySegment> another) {
        MemorySegment block = tiers.reclaim() ? request.get() : null;
        if (block == null) {
            block = another.get();
        }
        if (block == null && relieve(byteSize)) {
            tiers.reclaim();
            block = request.get();
            if (block == null) {
                block = another.get();
            }
        }
        return block;
    }

    /** Counts a request that is refused in the end. */
    void note(long byteSize, long byteAlignment) {
        refused.increment();
        events.add(new AllocatorEvent.AllocationFailed(
                clock.instant(), byteSize, byteAlignment, source.committedBytes(), source.limitBytes()));
    }

    /** How many requests were refused. */
    long count() {
        return refused.sum();
    }

    Registration listen(PressureListener listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** Asks the listeners to free blocks; false if there is nobody to ask. */
    boolean relieve(long wantedBytes) {
        if (listeners.isEmpty() || asking.get() != null) {
            return false;
        }
        asking.set(true);
        try {
            for (PressureListener listener : listeners) {
                try {
                    listener.onPressure(wantedBytes);
                } catch (RuntimeException e) {
                    LOG.warn("a pressure listener failed", e);
                }
            }
        } finally {
            asking.remove();
        }
        return true;
    }
}
