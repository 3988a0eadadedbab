package dev.ashlar.benchmarks.suite;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;

/** Raw addresses of an allocator. */
final class RawAddresses implements RawAllocator {

    private final AddressAllocator addresses;

    RawAddresses(AddressAllocator addresses) {
        this.addresses = addresses;
    }

    @Override
    public long allocate(long byteSize, long byteAlignment) {
        return addresses.allocateAddress(byteSize, byteAlignment);
    }

    @Override
    public void free(long address, long byteSize) {
        addresses.freeAddress(address, byteSize);
    }

    @Override
    public long committedBytes() {
        return committedBytes(addresses.allocator());
    }

    @Override
    public void close() {
        addresses.allocator().close();
    }

    /** An allocator that does not know says 0. */
    static long committedBytes(Allocator allocator) {
        long committed = allocator.stats().committedBytes();
        return committed == 0 ? UNKNOWN : committed;
    }
}
