package dev.ashlar.api.support;

import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Refusal;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An allocator that passes every call on to another one. A decorator extends it and overrides what it changes.
 *
 * <p>It is as safe for use by many threads as the other one, and costs a call.
 */
public abstract class ForwardingAllocator implements Allocator {

    /** What the calls go to. */
    protected final Allocator upstream;

    /**
     * Passes calls on.
     *
     * @param upstream what they go to
     */
    protected ForwardingAllocator(Allocator upstream) {
        this.upstream = Objects.requireNonNull(upstream, "upstream");
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        return upstream.tryAllocate(byteSize, byteAlignment);
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment, AllocationHints hints) {
        return upstream.tryAllocate(byteSize, byteAlignment, hints);
    }

    @Override
    public @Nullable List<MemorySegment> tryAllocateAll(long byteSize, long byteAlignment, int count) {
        return upstream.tryAllocateAll(byteSize, byteAlignment, count);
    }

    @Override
    public @Nullable List<MemorySegment> tryAllocateAll(long[] byteSizes, long byteAlignment) {
        return upstream.tryAllocateAll(byteSizes, byteAlignment);
    }

    @Override
    public @Nullable MemorySegment tryResize(MemorySegment block, long byteSize, long byteAlignment) {
        return upstream.tryResize(block, byteSize, byteAlignment);
    }

    @Override
    public Refusal refusal(long byteSize, long byteAlignment) {
        return upstream.refusal(byteSize, byteAlignment);
    }

    @Override
    public Refusal refusal(MemorySegment block, long byteSize, long byteAlignment) {
        return upstream.refusal(block, byteSize, byteAlignment);
    }

    @Override
    public Refusal refusal(long byteSize, long byteAlignment, int count) {
        return upstream.refusal(byteSize, byteAlignment, count);
    }

    @Override
    public Refusal refusal(long[] byteSizes, long byteAlignment) {
        return upstream.refusal(byteSizes, byteAlignment);
    }

    @Override
    public long goodSize(long byteSize, long byteAlignment) {
        return upstream.goodSize(byteSize, byteAlignment);
    }

    @Override
    public void free(MemorySegment block) {
        upstream.free(block);
    }

    @Override
    public void freeAll(Collection<MemorySegment> blocks) {
        upstream.freeAll(blocks);
    }

    @Override
    public AllocatorStats stats() {
        return upstream.stats();
    }

    @Override
    public long trim() {
        return upstream.trim();
    }

    /** {@inheritDoc} What this is itself comes first. */
    @Override
    public <T> Optional<T> as(Class<T> capability) {
        return capability.isInstance(this) ? Optional.of(capability.cast(this)) : upstream.as(capability);
    }

    @Override
    public boolean isClosed() {
        return upstream.isClosed();
    }

    @Override
    public void close() {
        upstream.close();
    }

    @Override
    public String toString() {
        return upstream.toString();
    }
}
