package dev.ashlar.verification.adapters;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import org.apache.arrow.memory.AllocationManager;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.memory.ReferenceManager;

/** Arrow's memory from blocks of an allocator. */
final class ArrowMemory extends AllocationManager {

    private static final long ALIGNMENT = 64; // what Arrow recommends

    private final AddressAllocator addresses;
    private final long byteSize;
    private final long address;

    private ArrowMemory(BufferAllocator accounting, AddressAllocator addresses, long requested) {
        super(accounting);
        Allocator allocator = addresses.allocator();
        this.addresses = addresses;
        this.byteSize = allocator.goodSize(requested, ALIGNMENT);
        this.address = addresses.tryAllocateAddress(byteSize, ALIGNMENT);
        if (address == AddressAllocator.NULL) {
            throw new OutOfMemoryException(
                    allocator.refusal(byteSize, ALIGNMENT).message());
        }
    }

    static Factory over(Allocator allocator) {
        AddressAllocator addresses = allocator.as(AddressAllocator.class).orElseThrow();
        return new Factory() {
            @Override
            public AllocationManager create(BufferAllocator accounting, long size) {
                return new ArrowMemory(accounting, addresses, size);
            }

            @Override
            public ArrowBuf empty() {
                return new ArrowBuf(ReferenceManager.NO_OP, null, 0, 0);
            }
        };
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
