package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;

/** The raw addresses of a {@link LimitedAllocator}: charged to the same account, let through by the same gate. */
final class LimitedAddresses implements AddressAllocator {

    private final LimitedAllocator limited;
    private final Account account;
    private final AddressAllocator upstream;

    LimitedAddresses(LimitedAllocator limited, AddressAllocator upstream) {
        this.limited = limited;
        this.account = limited.account;
        this.upstream = upstream;
    }

    @Override
    public long allocateAddress(long byteSize, long byteAlignment) {
        limited.requireUsable(byteSize, byteAlignment);
        account.reserve(byteSize);
        return account.chargeAddress(byteSize, () -> upstream.allocateAddress(byteSize, byteAlignment));
    }

    @Override
    public long tryAllocateAddress(long byteSize, long byteAlignment) {
        limited.requireUsable(byteSize, byteAlignment);
        return account.tryReserve(byteSize)
                ? account.chargeAddress(byteSize, () -> upstream.tryAllocateAddress(byteSize, byteAlignment))
                : NULL;
    }

    @Override
    public void freeAddress(long address, long byteSize) {
        limited.requireUsable(byteSize, 1); // a negative size would be charged instead of released
        limited.siblings.refuse(address, byteSize);
        account.discharge(byteSize, 1, () -> upstream.freeAddress(address, byteSize));
    }
}
