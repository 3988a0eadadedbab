package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.support.ForwardingAddresses;

/** The raw addresses of a {@link LimitedAllocator}: charged to the same ledger, and closed with it. */
final class LimitedAddresses extends ForwardingAddresses {

    private final LimitedAllocator limited;
    private final QuotaLedger ledger;
    private final ChargeCheck charges;

    LimitedAddresses(LimitedAllocator limited, AddressAllocator upstream) {
        super(limited, upstream);
        this.limited = limited;
        this.ledger = limited.ledger;
        this.charges = limited.charges;
    }

    @Override
    public long tryAllocateAddress(long byteSize, long byteAlignment) {
        limited.requireUsable(byteSize, byteAlignment);
        if (!ledger.tryReserve(byteSize)) {
            return NULL;
        }
        long address = ledger.askForAddress(byteSize, () -> upstream.tryAllocateAddress(byteSize, byteAlignment));
        return address != NULL && isCharged(address, byteSize) ? address : NULL;
    }

    private boolean isCharged(long address, long byteSize) {
        if (ledger.tryCharge(byteSize, 1, charges.chargeOf(address, byteSize))) {
            return true;
        }
        upstream.freeAddress(address, byteSize);
        ledger.release(byteSize);
        return false;
    }

    @Override
    public void freeAddress(long address, long byteSize) {
        limited.requireFreeable(byteSize);
        long charge = charges.chargeOf(address, byteSize);
        charges.refuse(address, charge);
        ledger.discharge(charge, byteSize, 1, () -> upstream.freeAddress(address, byteSize));
    }
}
