package dev.ashlar.heap.collected;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Refusal;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An allocator with one block of another one, in which small blocks are allocated by advancing an offset. They are
 * allocated by {@link #tryBump} only; all other requests go to the allocator underneath, so a block that moves leaves
 * the nursery.
 *
 * <p>The memory is used again when all its blocks are free. Blocks are freed by any thread, because one that is read
 * when it is collected is freed by its reader. They are bumped under the lock of the heap, and only there their number
 * grows: so a nursery that is seen empty there stays empty.
 */
final class Nursery implements Allocator, AddressAllocator {

    private static final long ALIGNMENT = Long.BYTES;

    /** The nursery serves up to this share of its bytes, so that few are left when the next block does not fit. */
    private static final int LARGEST_SHARE = 8;

    private final Allocator upstream;
    private final AddressAllocator addresses;
    private final MemorySegment memory;

    /** Live blocks, and one while this is open. */
    private final AtomicInteger live = new AtomicInteger(1);

    private long next;

    /**
     * Allocates the block.
     *
     * @throws dev.ashlar.api.AllocationException if there is no memory for it
     */
    Nursery(Allocator upstream, AddressAllocator addresses, long byteSize) {
        this.upstream = upstream;
        this.addresses = addresses;
        memory = upstream.allocate(byteSize, ALIGNMENT);
    }

    long byteSize() {
        return memory.byteSize();
    }

    /** Allocates a block here, or returns null if there is no room or it is too large. */
    @Nullable MemorySegment tryBump(long byteSize) {
        long end = next + (byteSize + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        if (end > memory.byteSize() || byteSize > memory.byteSize() / LARGEST_SHARE || byteSize == 0) {
            return null; // blocks of 0 bytes would have one address
        }
        MemorySegment block = memory.asSlice(next, byteSize);
        next = end;
        live.getAndIncrement();
        return block;
    }

    /** Uses the memory again if no block of it is live; whether it is so. */
    boolean tryReset() {
        boolean isEmpty = live.get() == 1;
        next = isEmpty ? 0 : next;
        return isEmpty;
    }

    private boolean isHere(long address) {
        return address >= memory.address() && address < memory.address() + memory.byteSize();
    }

    private void freeOne() {
        if (live.decrementAndGet() == 0) {
            upstream.free(memory);
        }
    }

    @Override
    public long tryAllocateAddress(long byteSize, long byteAlignment) {
        return addresses.tryAllocateAddress(byteSize, byteAlignment);
    }

    @Override
    public void freeAddress(long address, long byteSize) {
        if (isHere(address)) {
            freeOne();
        } else {
            addresses.freeAddress(address, byteSize);
        }
    }

    @Override
    public boolean isLive(long address) {
        return isHere(address) || addresses.isLive(address);
    }

    @Override
    public @Nullable MemorySegment blockAt(long address, long byteSize) {
        return isHere(address)
                ? memory.asSlice(address - memory.address(), byteSize)
                : addresses.blockAt(address, byteSize);
    }

    @Override
    public Allocator allocator() {
        return this;
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        return upstream.tryAllocate(byteSize, byteAlignment);
    }

    @Override
    public Refusal refusal(long byteSize, long byteAlignment) {
        return upstream.refusal(byteSize, byteAlignment);
    }

    @Override
    public void free(MemorySegment block) {
        freeAddress(block.address(), block.byteSize());
    }

    @Override
    public AllocatorStats stats() {
        return upstream.stats();
    }

    @Override
    public long trim() {
        return upstream.trim();
    }

    @Override
    public boolean isClosed() {
        return upstream.isClosed();
    }

    /** The nursery itself works on addresses; all else is what the allocator underneath can do. */
    @Override
    public <T> Optional<T> as(Class<T> capability) {
        return capability.isInstance(this) ? Optional.of(capability.cast(this)) : upstream.as(capability);
    }

    /** Frees the memory of the nursery with the last block. The allocator underneath stays open. */
    @Override
    public void close() {
        freeOne();
    }

    @Override
    public String toString() {
        return upstream + " with a nursery of " + memory.byteSize() + " bytes";
    }
}
