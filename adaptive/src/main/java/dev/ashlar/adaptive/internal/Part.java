package dev.ashlar.adaptive.internal;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Resizable;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.support.SizeClassed;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * An allocator of one strategy for one purpose: the plain blocks of a tier, those of a tag, those that live long. It is the
 * unit in which memory is told apart.
 *
 * <p>All fields are final, so that a part which is seen without a lock is seen whole, and everything that its allocator was
 * made of with it.
 */
final class Part {

    private final String name;
    private final Strategy strategy;

    private final long largestBlock;
    private final long largestAlignment;

    private final AtomicLong committedBytes = new AtomicLong();
    private final AtomicLong peakCommitted = new AtomicLong();
    private final AtomicLong returnedBytes = new AtomicLong();

    final Allocator allocator;
    final @Nullable AddressAllocator addresses;
    final @Nullable Owner owner;
    final @Nullable Inspectable inspectable;
    final @Nullable Resizable resizable;
    final @Nullable SizeClassed sizeClassed;

    /**
     * Makes a part and its allocator.
     *
     * @param name for people
     * @param strategy what makes the allocator
     * @param memory what all parts share
     * @param config with capacity and reserve of this part; limit and source are those of the memory
     */
    Part(String name, Strategy strategy, Memory memory, AllocatorConfig config) {
        this.name = name;
        this.strategy = strategy;
        this.largestBlock = strategy.largestBlock();
        this.largestAlignment = strategy.largestAlignment();
        this.allocator = strategy.create(config, new PartSource(memory, this));
        this.addresses = allocator.as(AddressAllocator.class).orElse(null);
        this.owner = allocator.as(Owner.class).orElse(null);
        this.inspectable = allocator.as(Inspectable.class).orElse(null);
        this.resizable = allocator.as(Resizable.class).orElse(null);
        this.sizeClassed = allocator.as(SizeClassed.class).orElse(null);
    }

    String name() {
        return name;
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

    Strategy strategy() {
        return strategy;
    }

    /** Whether its strategy serves such blocks. */
    boolean serves(long byteSize, long byteAlignment) {
        return byteSize <= largestBlock && byteAlignment <= largestAlignment;
    }

    @Override
    public String toString() {
        return name + " (" + strategy.name() + ")";
    }
}
