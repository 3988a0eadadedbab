package dev.ashlar.adaptive.internal;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * The same blocks by their addresses. As there, the part of the smallest blocks is compared with first: what is compared is
 * foreseen, and the part need not have been found before it is used.
 */
final class TieredAddresses implements AddressAllocator {

    private final TieredAllocator allocator;
    private final Routes routes;
    private final Part smallPart;
    private final AddressAllocator small;
    private final long smallUpTo;

    TieredAddresses(TieredAllocator allocator, Routes routes, Part smallPart, long smallUpTo) {
        this.allocator = allocator;
        this.routes = routes;
        this.smallPart = smallPart;
        this.small = addresses(smallPart);
        this.smallUpTo = smallUpTo;
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
            return byteSize <= smallUpTo
                    ? small.allocateAddress(byteSize, byteAlignment)
                    : addresses(allocator.servingPart(byteSize)).allocateAddress(byteSize, byteAlignment);
        } catch (AllocationException e) {
            return routes.allocateAfterRefusal(byteSize, byteAlignment).address();
        }
    }

    @Override
    public long tryAllocateAddress(long byteSize, long byteAlignment) {
        if (routes.isSampling()) {
            routes.sample(byteSize, byteAlignment);
        }
        long address = byteSize <= smallUpTo
                ? small.tryAllocateAddress(byteSize, byteAlignment)
                : addresses(allocator.servingPart(byteSize)).tryAllocateAddress(byteSize, byteAlignment);
        if (address != NULL) {
            return address;
        }
        MemorySegment block = routes.tryAllocateAfterRefusal(byteSize, byteAlignment);
        return block == null ? NULL : block.address();
    }

    @Override
    public void freeAddress(long address, long byteSize) {
        Part part = routes.partAt(address);
        if (part == smallPart) {
            small.freeAddress(address, byteSize);
        } else {
            addresses(part).freeAddress(address, byteSize);
        }
    }
}
