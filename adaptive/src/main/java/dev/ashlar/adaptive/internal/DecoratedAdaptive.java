package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.Registration;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.api.support.ForwardingAllocator;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * An adaptive allocator with decorations around it: blocks go through the decorations, and everything else goes to the
 * adaptive allocator itself.
 */
public final class DecoratedAdaptive extends ForwardingAllocator implements AdaptiveAllocator {

    private final TieredAllocator bare;

    /**
     * An allocator of both.
     *
     * @param bare the adaptive allocator
     * @param decorated the same with decorations; it closes the bare one
     */
    public DecoratedAdaptive(TieredAllocator bare, Allocator decorated) {
        super(decorated);
        this.bare = bare;
    }

    @Override
    public void housekeep() {
        bare.housekeep();
    }

    @Override
    public AllocatorStats statsOfTag(String tag) {
        return bare.statsOfTag(tag);
    }

    @Override
    public Registration addListener(Consumer<? super AllocatorEvent> listener) {
        return bare.addListener(listener);
    }

    @Override
    public Registration addPressureListener(LongConsumer listener) {
        return bare.addPressureListener(listener);
    }

    @Override
    public <T> SupervisedPool<T> createPool(String name, PoolConfig<T> config) {
        return bare.createPool(name, config);
    }

    @Override
    public Registration watchPool(String name, Pool<?> pool) {
        return bare.watchPool(name, pool);
    }

    @Override
    public AdaptiveReport report() {
        return bare.report();
    }

    /** {@inheritDoc} The pools are closed before the decorations, which may hold blocks that destroyers have freed. */
    @Override
    public void close() {
        bare.close(super::close);
    }
}
