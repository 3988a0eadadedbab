package dev.ashlar.testkit;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.support.ForwardingAddresses;
import dev.ashlar.api.support.ForwardingAllocator;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.Optional;

/**
 * Frees a block, and then throws if it is told to, as a hardened allocator does for a block that it finds corrupted. It
 * shows whether a holder of blocks counts such a block as freed.
 */
public final class TellingAllocator extends ForwardingAllocator {

    private boolean tells;

    /**
     * Makes one whose frees do not throw yet.
     *
     * @param upstream the allocator of the blocks
     */
    public TellingAllocator(Allocator upstream) {
        super(upstream);
    }

    /**
     * Sets whether frees throw.
     *
     * @param tells if true, every later free throws an {@link UnsupportedOperationException} after it has freed
     */
    public void tell(boolean tells) {
        this.tells = tells;
    }

    private void tell() {
        if (tells) {
            throw new UnsupportedOperationException("there is something to tell about a block that is freed");
        }
    }

    @Override
    public void free(MemorySegment block) {
        upstream.free(block);
        tell();
    }

    @Override
    public void freeAll(Collection<MemorySegment> blocks) {
        upstream.freeAll(blocks);
        tell();
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
            tell();
        }
    }
}
