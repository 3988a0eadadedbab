package dev.ashlar.arrow;

import dev.ashlar.api.AddressAllocator;
import org.apache.arrow.memory.AllocationManager;
import org.apache.arrow.memory.BufferAllocator;

/** A block that Arrow counts references to. It is freed where it was allocated, with the size that it was given. */
final class ArrowBlock extends AllocationManager {

    private final AddressAllocator addresses;
    private final long address;
    private final long byteSize;

    /**
     * A live block. The constructor above adds it to what Arrow knows of the accounting allocator, and nothing could
     * remove it from there again. So the block must be there before.
     *
     * @param byteSize exactly what Arrow has counted, because Arrow counts it down again by {@link #getSize}
     */
    ArrowBlock(BufferAllocator accounting, AddressAllocator addresses, long address, long byteSize) {
        super(accounting);
        this.addresses = addresses;
        this.address = address;
        this.byteSize = byteSize;
    }

    @Override
    public long getSize() {
        return byteSize;
    }

    @Override
    protected long memoryAddress() {
        return address;
    }

    @Override
    protected void release0() {
        addresses.freeAddress(address, byteSize);
    }
}
