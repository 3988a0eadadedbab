package dev.ashlar.heap;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.support.ForwardingAddresses;
import dev.ashlar.api.support.ForwardingAllocator;
import java.util.Optional;

/** Frees blocks by address, and then throws if it is told to, as a hardened allocator does for a corrupted block. */
public final class TellingAllocator extends ForwardingAllocator {

    /** Whether frees throw. */
    public boolean tells;

    public TellingAllocator(Allocator upstream) {
        super(upstream);
    }

    @Override
    public <T> Optional<T> as(Class<T> capability) {
        Optional<T> found = super.as(capability);
        return capability == AddressAllocator.class
                ? found.map(AddressAllocator.class::cast).map(Addresses::new).map(capability::cast)
                : found;
    }

    private final class Addresses extends ForwardingAddresses {

        Addresses(AddressAllocator upstream) {
            super(TellingAllocator.this, upstream);
        }

        @Override
        public long tryAllocateAddress(long byteSize, long byteAlignment) {
            return upstream.tryAllocateAddress(byteSize, byteAlignment);
        }

        @Override
        public void freeAddress(long address, long byteSize) {
            upstream.freeAddress(address, byteSize);
            if (tells) {
                throw new UnsupportedOperationException("there is something to tell about " + address);
            }
        }
    }
}
