package dev.ashlar.benchmarks.suite;

import dev.ashlar.api.Allocator;
import dev.ashlar.benchmarks.FirstByte;

/**
 * Segments of an allocator. A segment is made for the allocation, and another one, of the same address and size, for
 * the free: a segment identifies its block by the address. So workloads can store addresses, even in blocks. Neither
 * segment has to become an object on the heap.
 */
final class RawSegments implements RawAllocator {

    private final Allocator allocator;

    RawSegments(Allocator allocator) {
        this.allocator = allocator;
    }

    @Override
    public long allocate(long byteSize, long byteAlignment) {
        return allocator.allocate(byteSize, byteAlignment).address();
    }

    @Override
    public void free(long address, long byteSize) {
        allocator.free(FirstByte.MEMORY.asSlice(address, byteSize));
    }

    @Override
    public long committedBytes() {
        return RawAddresses.committedBytes(allocator);
    }

    @Override
    public void close() {
        allocator.close();
    }
}
