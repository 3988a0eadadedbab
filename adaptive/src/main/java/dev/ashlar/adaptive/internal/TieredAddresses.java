package dev.ashlar.adaptive.internal;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.spi.support.TryFree;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** The same blocks by their addresses. */
final class TieredAddresses implements AddressAllocator {

    private final Tiers tiers;
    private final Refusals refusals;
    private final Sampling sampling;
    private final AddressAllocator small;
    private final AddressAllocator medium;

    TieredAddresses(Tiers tiers, Refusals refusals, Sampling sampling) {
        this.tiers = tiers;
        this.refusals = refusals;
        this.sampling = sampling;
        this.small = addresses(tiers.small);
        this.medium = addresses(tiers.medium);
    }

    private static AddressAllocator addresses(SubAllocator sub) {
        return Objects.requireNonNull(sub.addresses);
    }

    @Override
    public long allocateAddress(long byteSize, long byteAlignment) {
        if (sampling.isOn()) {
            sampling.note(byteSize, byteAlignment);
        }
        boolean isSmall = tiers.isSmall(byteSize, byteAlignment);
        try {
            if (isSmall) {
                return small.allocateAddress(byteSize, byteAlignment);
            } else if (tiers.isMedium(byteSize, byteAlignment)) {
                return medium.allocateAddress(byteSize, byteAlignment);
            }
        } catch (AllocationException e) {
            return refusals.allocateAgain(isSmall ? tiers.small : tiers.medium, byteSize, byteAlignment)
                    .address();
        }
        return refusals.allocate(tiers.route(byteSize, byteAlignment), byteSize, byteAlignment)
                .address();
    }

    @Override
    public long tryAllocateAddress(long byteSize, long byteAlignment) {
        if (sampling.isOn()) {
            sampling.note(byteSize, byteAlignment);
        }
        SubAllocator from;
        long address;
        if (tiers.isSmall(byteSize, byteAlignment)) {
            from = tiers.small;
            address = small.tryAllocateAddress(byteSize, byteAlignment);
        } else if (tiers.isMedium(byteSize, byteAlignment)) {
            from = tiers.medium;
            address = medium.tryAllocateAddress(byteSize, byteAlignment);
        } else {
            from = tiers.route(byteSize, byteAlignment);
            address = addresses(from).tryAllocateAddress(byteSize, byteAlignment);
        }
        if (address != NULL) {
            return address;
        }
        MemorySegment block = refusals.tryAgain(from, byteSize, byteAlignment);
        return block == null ? NULL : block.address();
    }

    @Override
    public void freeAddress(long address, long byteSize) {
        // The same object as in allocate, so that the compiler can keep what it found there.
        AddressAllocator likely = byteSize <= tiers.smallUpTo ? small : medium;
        if (!(likely instanceof TryFree known && known.tryFree(address, byteSize))) {
            addresses(tiers.ownerOf(address)).freeAddress(address, byteSize);
        }
    }
}
