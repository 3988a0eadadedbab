package dev.ashlar.spi.support;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Refusal;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes each block separately from the memory source, and retains nothing: {@link LargeBlocks} as an allocator.
 *
 * <p>A block that is freed twice is reported as foreign, because its memory is no longer held.
 */
public final class DirectAllocator implements Allocator, AddressAllocator, Owner, Inspectable {

    private final MeteredSource source;
    private final LargeBlocks blocks;

    /**
     * An allocator without blocks.
     *
     * @param source where blocks come from
     */
    public DirectAllocator(MeteredSource source) {
        this.source = source;
        blocks = LargeBlocks.from(source, 0);
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        return blocks.tryAllocate(byteSize, byteAlignment, () -> 0);
    }

    @Override
    public Refusal refusal(long byteSize, long byteAlignment) {
        Allocator.requireValid(byteSize, byteAlignment);
        return blocks.refusal(byteSize, byteAlignment);
    }

    @Override
    public Allocator allocator() {
        return this;
    }

    @Override
    public long tryAllocateAddress(long byteSize, long byteAlignment) {
        MemorySegment block = tryAllocate(byteSize, byteAlignment);
        return block == null ? NULL : block.address();
    }

    @Override
    public void free(MemorySegment block) {
        freeAddress(block.address(), block.byteSize());
    }

    @Override
    public void freeAddress(long address, long byteSize) {
        blocks.requireOpen();
        if (!blocks.free(address, byteSize)) {
            throw blocks.invalidFree(address);
        }
    }

    @Override
    public @Nullable List<MemorySegment> tryAllocateAll(long[] byteSizes, long byteAlignment) {
        blocks.requireOpen();
        return Allocator.super.tryAllocateAll(byteSizes, byteAlignment);
    }

    @Override
    public void freeAll(Collection<MemorySegment> batch) {
        blocks.requireOpen();
        Allocator.freeAll(this, batch, twice -> {
            throw blocks.invalidFree(twice.address());
        });
    }

    /** Requested bytes of the live blocks. */
    public long requestedBytes() {
        return blocks.requestedBytes();
    }

    @Override
    public boolean owns(long address) {
        return isLive(address);
    }

    @Override
    public boolean isLive(long address) {
        return blocks.isLive(address);
    }

    @Override
    public long allocatedSize(long address) {
        return blocks.allocatedSize(address);
    }

    @Override
    public @Nullable MemorySegment blockAt(long address, long byteSize) {
        return blocks.blockAt(address, byteSize);
    }

    @Override
    public void inspect(Visitor visitor) {
        blocks.requireOpen();
        blocks.inspect(visitor);
    }

    /** {@inheritDoc} Committed bytes, upstream calls and peaks are those of all users of the metered source. */
    @Override
    public AllocatorStats stats() {
        return blocks.stats().plus(source.stats());
    }

    /** {@inheritDoc} Nothing is retained here, so only the source may have something. */
    @Override
    public long trim() {
        blocks.requireOpen();
        source.trim();
        return 0;
    }

    @Override
    public boolean isClosed() {
        return blocks.isClosed();
    }

    /**
     * Releases every live block's memory. The maker of this allocator reports how many there were.
     *
     * @throws IllegalStateException if a foreign call uses a block. All others are released, and closing again tries
     *     the rest
     */
    @Override
    public void close() {
        source.close(blocks::close);
    }
}
