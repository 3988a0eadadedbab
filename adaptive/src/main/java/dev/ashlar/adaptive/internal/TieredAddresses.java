package dev.ashlar.adaptive.internal;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.spi.support.LocalFrees;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** The same blocks by their addresses. */
final class TieredAddresses implements AddressAllocator {

    private final TieredAllocator allocator;
    private final Routes routes;
    private final AddressAllocator small;
    private final long smallUpTo;
    private final AddressAllocator medium;
    private final long mediumUpTo;

    TieredAddresses(
            TieredAllocator allocator, Routes routes, Part small, long smallUpTo, Part medium, long mediumUpTo) {
        this.allocator = allocator;
        this.routes = routes;
        this.small = addresses(small);
        this.smallUpTo = smallUpTo;
        this.medium = addresses(medium);
        this.mediumUpTo = mediumUpTo;
    }

    private static AddressAllocator addresses(Part part) {
        return Objects.requireNonNull(part.addresses);
    }

    @Override
    public long allocateAddress(long byteSize, long byteAlignment) {
        if (routes.isSampling()) {
            routes.sample(byteSize, byteAlignment);
        }
        try {
            if (byteSize <= smallUpTo) {
                return small.allocateAddress(byteSize, byteAlignment);
            } else if (byteSize <= mediumUpTo) {
                return medium.allocateAddress(byteSize, byteAlignment);
            }
            return addresses(allocator.servingPart(byteSize)).allocateAddress(byteSize, byteAlignment);
        } catch (AllocationException e) {
            return routes.allocateAfterRefusal(byteSize, byteAlignment).address();
        }
    }

    @Override
    public long tryAllocateAddress(long byteSize, long byteAlignment) {
        if (routes.isSampling()) {
            routes.sample(byteSize, byteAlignment);
        }
        long address;
        if (byteSize <= smallUpTo) {
            address = small.tryAllocateAddress(byteSize, byteAlignment);
        } else if (byteSize <= mediumUpTo) {
            address = medium.tryAllocateAddress(byteSize, byteAlignment);
        } else {
            address = addresses(allocator.servingPart(byteSize)).tryAllocateAddress(byteSize, byteAlignment);
        }
        if (address != NULL) {
            return address;
        }
        MemorySegment block = routes.tryAllocateAfterRefusal(byteSize, byteAlignment);
        return block == null ? NULL : block.address();
    }

    @Override
    public void freeAddress(long address, long byteSize) {
        // The same object as in allocate, so that the compiler can keep what it found there.
        AddressAllocator likely = byteSize <= smallUpTo ? small : medium;
        if (!(likely instanceof LocalFrees local && local.freeLocally(address, byteSize))) {
            addresses(routes.partAt(address)).freeAddress(address, byteSize);
        }
    }
}
