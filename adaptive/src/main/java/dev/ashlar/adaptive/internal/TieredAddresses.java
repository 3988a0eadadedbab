package dev.ashlar.adaptive.internal;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import java.util.Objects;

/** The same blocks by their addresses. */
final class TieredAddresses implements AddressAllocator {

    private final TieredAllocator allocator;
    private final Routes routes;

    TieredAddresses(TieredAllocator allocator, Routes routes) {
        this.allocator = allocator;
        this.routes = routes;
    }

    private static AddressAllocator addresses(Part part) {
        return Objects.requireNonNull(part.addresses);
    }

    @Override
    public long allocateAddress(long byteSize, long byteAlignment) {
        try {
            Part part = partFor(byteSize, byteAlignment);
            return addresses(part).allocateAddress(byteSize, byteAlignment);
        } catch (AllocationException e) {
            return routes.allocateAfterRefusal(byteSize, byteAlignment).address();
        }
    }

    @Override
    public long tryAllocateAddress(long byteSize, long byteAlignment) {
        Part part = partFor(byteSize, byteAlignment);
        long address = addresses(part).tryAllocateAddress(byteSize, byteAlignment);
        if (address == NULL) {
            var block = routes.tryAllocateAfterRefusal(byteSize, byteAlignment);
            address = block == null ? NULL : block.address();
        }
        return address;
    }

    private Part partFor(long byteSize, long byteAlignment) {
        Part part = allocator.servingPart(byteSize);
        if (routes.isSampling()) {
            routes.sample(byteSize, byteAlignment);
        }
        return part;
    }

    @Override
    public void freeAddress(long address, long byteSize) {
        Part part = routes.partAt(address);
        Part expected = allocator.partFor(byteSize);
        // Compared first, because what is compared is foreseen, and the part need not have been found before it is
        // used.
        addresses(part == expected ? expected : part).freeAddress(address, byteSize);
    }
}
