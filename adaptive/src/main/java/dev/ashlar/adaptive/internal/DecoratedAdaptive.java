package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.AdaptiveReport;
import dev.ashlar.adaptive.AllocatorEvent;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.Refusal;
import dev.ashlar.api.Registration;
import dev.ashlar.api.SupervisedPool;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * An adaptive allocator with decorations around it: blocks go through the decorations, and everything else goes to the
 * adaptive allocator itself.
 */
public final class DecoratedAdaptive implements AdaptiveAllocator {

    private final AdaptiveAllocator bare;
    private final Allocator decorated;

    /**
     * An allocator of both.
     *
     * @param bare the adaptive allocator
     * @param decorated the same with decorations; it closes the bare one
     */
    public DecoratedAdaptive(AdaptiveAllocator bare, Allocator decorated) {
        this.bare = bare;
        this.decorated = decorated;
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        return decorated.tryAllocate(byteSize, byteAlignment);
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment, AllocationHints hints) {
        return decorated.tryAllocate(byteSize, byteAlignment, hints);
    }

    @Override
    public @Nullable List<MemorySegment> tryAllocateAll(long byteSize, long byteAlignment, int count) {
        return decorated.tryAllocateAll(byteSize, byteAlignment, count);
    }

    @Override
    public @Nullable List<MemorySegment> tryAllocateAll(long[] byteSizes, long byteAlignment) {
        return decorated.tryAllocateAll(byteSizes, byteAlignment);
    }

    @Override
    public @Nullable MemorySegment tryResize(MemorySegment block, long byteSize, long byteAlignment) {
        return decorated.tryResize(block, byteSize, byteAlignment);
    }

    @Override
    public void free(MemorySegment block) {
        decorated.free(block);
    }

    @Override
    public void freeAll(Collection<MemorySegment> blocks) {
        decorated.freeAll(blocks);
    }

    @Override
    public Refusal refusal(long byteSize, long byteAlignment) {
        return decorated.refusal(byteSize, byteAlignment);
    }

    @Override
    public Refusal refusal(MemorySegment block, long byteSize, long byteAlignment) {
        return decorated.refusal(block, byteSize, byteAlignment);
    }

    @Override
    public Refusal refusal(long byteSize, long byteAlignment, int count) {
        return decorated.refusal(byteSize, byteAlignment, count);
    }

    @Override
    public Refusal refusal(long[] byteSizes, long byteAlignment) {
        return decorated.refusal(byteSizes, byteAlignment);
    }

    @Override
    public long goodSize(long byteSize, long byteAlignment) {
        return decorated.goodSize(byteSize, byteAlignment);
    }

    @Override
    public AllocatorStats stats() {
        return decorated.stats();
    }

    @Override
    public long trim() {
        return decorated.trim();
    }

    @Override
    public <T> Optional<T> as(Class<T> capability) {
        return capability.isInstance(this) ? Optional.of(capability.cast(this)) : decorated.as(capability);
    }

    @Override
    public boolean isClosed() {
        return decorated.isClosed();
    }

    @Override
    public void close() {
        decorated.close();
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

    @Override
    public String toString() {
        return decorated.toString();
    }
}
