package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Limit;
import org.jspecify.annotations.Nullable;

/** The raw addresses of a {@link LimitedAllocator}: charged to the same ledger, and open as long. */
final class LimitedAddresses implements AddressAllocator {

    private final LimitedAllocator limited;
    private final QuotaLedger ledger;
    private final ChargeCheck charges;
    private final AddressAllocator upstream;

    LimitedAddresses(LimitedAllocator limited, AddressAllocator upstream) {
        this.limited = limited;
        this.ledger = limited.ledger;
        this.charges = limited.charges;
        this.upstream = upstream;
    }

    @Override
    public long allocateAddress(long byteSize, long byteAlignment) {
        limited.requireUsable(byteSize, byteAlignment);
        limited.reserve(byteSize);
        long address = ledger.askForAddress(byteSize, () -> upstream.allocateAddress(byteSize, byteAlignment));
        Limit refusing = charge(address, byteSize);
        if (refusing != null) {
            throw LimitedAllocator.refused(refusing, byteSize);
        }
        return address;
    }

    @Override
    public long tryAllocateAddress(long byteSize, long byteAlignment) {
        limited.requireUsable(byteSize, byteAlignment);
        if (ledger.reserve(byteSize) != null) {
            return NULL;
        }
        long address = ledger.askForAddress(byteSize, () -> upstream.tryAllocateAddress(byteSize, byteAlignment));
        return address != NULL && charge(address, byteSize) == null ? address : NULL;
    }

    private @Nullable Limit charge(long address, long byteSize) {
        Limit refusing = ledger.charge(byteSize, 1, charges.chargeOf(address, byteSize));
        if (refusing != null) {
            upstream.freeAddress(address, byteSize);
            ledger.release(byteSize);
        }
        return refusing;
    }

    @Override
    public void freeAddress(long address, long byteSize) {
        limited.requireFreeable(byteSize);
        long charge = charges.chargeOf(address, byteSize);
        charges.refuse(address, charge);
        ledger.discharge(charge, byteSize, 1, () -> upstream.freeAddress(address, byteSize));
    }
}
