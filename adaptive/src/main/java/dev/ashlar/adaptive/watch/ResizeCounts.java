package dev.ashlar.adaptive.watch;

import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.adaptive.Registration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts changes of capacity, by tier and pool, from when it is made until it is closed. Safe for use by many threads. */
public final class ResizeCounts implements AutoCloseable {

    /** By what the event says was resized. */
    private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();

    private final Registration listening;

    /**
     * Begins to count.
     *
     * @param allocator whose tiers and pools
     */
    public ResizeCounts(AdaptiveAllocator allocator) {
        listening = allocator.addListener(this::on);
    }

    private void on(AllocatorEvent event) {
        if (event instanceof AllocatorEvent.CapacityResized resized) {
            counts.computeIfAbsent(resized.what(), what -> new LongAdder()).increment();
        }
    }

    /**
     * Changes of a tier's capacity.
     *
     * @param name the tier's
     */
    public long ofTier(String name) {
        return of("tier " + name);
    }

    /**
     * Changes of a pool's capacity.
     *
     * @param name the pool's
     */
    public long ofPool(String name) {
        return of("pool " + name);
    }

    private long of(String what) {
        LongAdder count = counts.get(what);
        return count == null ? 0 : count.sum();
    }

    @Override
    public void close() {
        listening.close();
    }
}
