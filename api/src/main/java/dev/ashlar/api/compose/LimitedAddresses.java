package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;

/** The raw addresses of a {@link LimitedAllocator}: charged to the same ledger, and open as long. */
final class LimitedAddresses implements AddressAllocator {

    private final LimitedAllocator limited;
    private final QuotaLedger ledger;
    private final AddressAllocator upstream;

    LimitedAddresses(LimitedAllocator limited, AddressAllocator upstream) {
        this.limited = limited;
        this.ledger = limited.ledger;
        this.upstream = upstream;
    }

    @Override
    public long allocateAddress(long byteSize, long byteAlignment) {
        limited.requireUsable(byteSize, byteAlignment);
        ledger.reserve(byteSize);
        return ledger.chargeAddress(byteSize, () -> upstream.allocateAddress(byteSize, byteAlignment));
    }

    @Override
    public long tryAllocateAddress(long byteSize, long byteAlignment) {
        limited.requireUsable(byteSize, byteAlignment);
        return ledger.tryReserve(byteSize)
                ? ledger.chargeAddress(byteSize, () -> upstream.tryAllocateAddress(byteSize, byteAlignment))
                : NULL;
    }

    @Override
    public void freeAddress(long address, long byteSize) {
        limited.requireUsable(byteSize, 1); // a negative size would be charged instead of released
        limited.chargeCheck.refuse(address, byteSize);
        ledger.discharge(byteSize, 1, () -> upstream.freeAddress(address, byteSize));
    }
}
