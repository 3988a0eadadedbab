package dev.ashlar.adaptive.internal;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Resizable;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.support.SizeClassed;
import dev.ashlar.spi.support.SizeClasses;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * An allocator of one strategy for one purpose: the plain blocks of a tier, those of a tag, those that live long.
 *
 * <p>All fields are final, so that one which is seen without a lock is seen whole, and everything that its allocator was
 * made of with it.
 */
final class SubAllocator {

    private final String name;
    private final Strategy strategy;
    private final long largestBlock;
    private final long largestAlignment;
    private final AtomicLong committedBytes = new AtomicLong();
    private final AtomicLong peakCommitted = new AtomicLong();
    private final AtomicLong returnedBytes = new AtomicLong();

    /** The size classes that it began with; null where it has none that can be changed. */
    private final @Nullable SizeClasses usual;

    final Allocator allocator;
    final @Nullable AddressAllocator addresses;
    final @Nullable Owner owner;
    final @Nullable Inspectable inspectable;
    final @Nullable Resizable resizable;
    final @Nullable SizeClassed sizeClassed;

    /**
     * Makes one and its allocator.
     *
     * @param name for people
     * @param strategy what makes the allocator
     * @param source what all of them share
     * @param config with the capacity of this one; limit, source and reserve are those of the shared source
     */
    SubAllocator(String name, Strategy strategy, SharedSource source, AllocatorConfig config) {
        this.name = name;
        this.strategy = strategy;
        largestBlock = strategy.largestBlock();
        largestAlignment = strategy.largestAlignment();
        allocator = strategy.create(config, source.sourceOf(this));
        addresses = allocator.as(AddressAllocator.class).orElse(null);
        owner = allocator.as(Owner.class).orElse(null);
        inspectable = allocator.as(Inspectable.class).orElse(null);
        resizable = allocator.as(Resizable.class).orElse(null);
        sizeClassed = allocator.as(SizeClassed.class).orElse(null);
        usual = sizeClassed == null ? null : sizeClassed.sizeClasses();
    }

    String name() {
        return name;
    }

    Strategy strategy() {
        return strategy;
    }

    /** Whether its strategy serves such blocks. */
    boolean serves(long byteSize, long byteAlignment) {
        return byteSize <= largestBlock && byteAlignment <= largestAlignment;
    }

    long largestAlignment() {
        return largestAlignment;
    }

    /**
     * Serves a request that was refused from a slot of a larger class, of those in which blocks of this size lay before the
     * size classes changed: what is free there serves no class of its own. Does nothing if they never changed.
     */
    @Nullable MemorySegment tryFormerClasses(long byteSize, long byteAlignment) {
        if (usual == null || sizeClassed == null || usual == sizeClassed.sizeClasses() || byteSize > usual.largest()) {
            return null;
        }
        SizeClasses classes = sizeClassed.sizeClasses();
        // In a slot of which it needs at least half a block stays when it is resized.
        long largest = Math.min(usual.size(usual.classOf(byteSize)), 2 * byteSize);
        for (int size : classes.sizes()) {
            if (size > classes.size(classes.classOf(byteSize)) && size <= largest) {
                MemorySegment block = allocator.tryAllocate(size, byteAlignment);
                if (block != null) {
                    MemorySegment shrunk = tryResize(block, byteSize, byteAlignment);
                    if (shrunk != null) {
                        return shrunk;
                    }
                    allocator.free(block); // it would have had to move
                }
            }
        }
        return null;
    }

    /** Resizes a block, to a slot as {@link #tryFormerClasses} finds them. */
    @Nullable MemorySegment tryMoveToFormerClass(MemorySegment block, long byteSize, long byteAlignment) {
        MemorySegment moved = tryFormerClasses(byteSize, byteAlignment);
        if (moved != null) {
            MemorySegment.copy(block, 0, moved, 0, Math.min(block.byteSize(), byteSize));
            allocator.free(block);
        }
        return moved;
    }

    /** Resizes a block, or says by null that it cannot be done now. */
    @Nullable MemorySegment tryResize(MemorySegment block, long byteSize, long byteAlignment) {
        try {
            return allocator.resize(block, byteSize, byteAlignment);
        } catch (AllocationException e) {
            return null;
        }
    }

    /** A chunk was taken, or given back if the size is negative. */
    void noteChunk(long byteSize) {
        long now = committedBytes.addAndGet(byteSize);
        returnedBytes.addAndGet(Math.max(0, -byteSize));
        peakCommitted.accumulateAndGet(now, Math::max);
    }

    /** What it has taken from the source. */
    long committedBytes() {
        return committedBytes.get();
    }

    /** What it has given back since this was asked last. */
    long takeReturned() {
        return returnedBytes.getAndSet(0);
    }

    /** The most that it had taken since this was asked last. */
    long takePeakCommitted() {
        return peakCommitted.getAndSet(committedBytes.get());
    }

    @Override
    public String toString() {
        return name + " (" + strategy.name() + ")";
    }
}
