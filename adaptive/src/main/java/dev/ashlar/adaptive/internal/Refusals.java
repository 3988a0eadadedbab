package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Registration;
import dev.ashlar.api.support.Listeners;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The steps before a request is refused. First idle memory of all sub-allocators is reclaimed, so that the one that
 * needs it can take it. Then pressure listeners, and then the listeners of the limit, are called to free blocks. After
 * each step that gained something, the same sub-allocator is asked again. A request that is still refused is counted
 * once, and is an event.
 */
final class Refusals {

    private static final Logger LOG = LoggerFactory.getLogger(Refusals.class);

    private final Tiers tiers;
    private final SharedSource source;
    private final EventLog events;
    private final LongAdder refused = new LongAdder();
    private final Listeners<LongConsumer> listeners = new Listeners<>();

    /** Set while this thread calls listeners, because their own requests must not call them again. */
    private final ThreadLocal<Boolean> asking = new ThreadLocal<>();

    Refusals(Tiers tiers, SharedSource source, EventLog events) {
        this.tiers = tiers;
        this.source = source;
        this.events = events;
    }

    /** Repeats a refused request. Returns null if it is still refused, and counts that. */
    @Nullable MemorySegment tryAgain(SubAllocator from, long byteSize, long byteAlignment) {
        MemorySegment block = retry(byteSize, () -> from.allocator.tryAllocate(byteSize, byteAlignment));
        if (block == null) {
            note(byteSize, byteAlignment);
        }
        return block;
    }

    /** The same, for the address of a block or {@code NULL}. */
    long tryAddressAgain(SubAllocator from, long byteSize, long byteAlignment) {
        MemorySegment block = tryAgain(from, byteSize, byteAlignment);
        return block == null ? AddressAllocator.NULL : block.address();
    }

    /** Repeats a refused resize. Returns null if it is still refused, and counts that. */
    @Nullable MemorySegment tryResizeAgain(SubAllocator owner, MemorySegment block, long byteSize, long byteAlignment) {
        MemorySegment resized = retry(byteSize, () -> owner.allocator.tryResize(block, byteSize, byteAlignment));
        if (resized == null) {
            note(byteSize, byteAlignment);
        }
        return resized;
    }

    /** Repeats a request after each step that gained something. */
    private @Nullable MemorySegment retry(long byteSize, Supplier<@Nullable MemorySegment> request) {
        MemorySegment block = tiers.reclaim() ? request.get() : null;
        if (block == null && relieve(byteSize)) {
            tiers.reclaim();
            block = request.get();
        }
        if (block == null) {
            block = source.metered.retry(source.metered.lackingBytes(byteSize), () -> {
                tiers.reclaim();
                return request.get();
            });
        }
        return block;
    }

    /** Counts a refused request. */
    void note(long byteSize, long byteAlignment) {
        refused.increment();
        events.add(new AllocatorEvent.AllocationFailed(
                events.now(), byteSize, byteAlignment, source.metered.committedBytes(), source.metered.limitBytes()));
    }

    /** How many requests were refused. */
    long count() {
        return refused.sum();
    }

    Registration listen(LongConsumer listener) {
        return listeners.add(listener);
    }

    /** Calls the listeners to free blocks; false if there are none. */
    boolean relieve(long wantedBytes) {
        if (listeners.isEmpty() || asking.get() != null) {
            return false;
        }
        asking.set(true);
        try {
            for (LongConsumer listener : listeners.now()) {
                try {
                    listener.accept(wantedBytes);
                } catch (RuntimeException | Error e) {
                    LOG.warn("a pressure listener failed", e);
                }
            }
        } finally {
            asking.remove();
        }
        return true;
    }
}
