package dev.ashlar.insight.rollout;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.support.ForwardingAllocator;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A side of a rollout, or a confined view of it, whose single allocations and frees are measured. */
final class MeasuredSide extends ForwardingAllocator {

    private final SideMeter meter;

    MeasuredSide(Allocator upstream, SideMeter meter) {
        super(upstream);
        this.meter = meter;
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        long began = meter.begin();
        try {
            MemorySegment block = upstream.tryAllocate(byteSize, byteAlignment);
            if (block != null) {
                meter.allocated(began, AllocationHints.NONE);
            }
            return block;
        } catch (RuntimeException | Error e) {
            meter.failed(e);
            throw e;
        }
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment, AllocationHints hints) {
        long began = meter.begin();
        try {
            MemorySegment block = upstream.tryAllocate(byteSize, byteAlignment, hints);
            if (block != null) {
                meter.allocated(began, hints);
            }
            return block;
        } catch (RuntimeException | Error e) {
            meter.failed(e);
            throw e;
        }
    }

    @Override
    public void free(MemorySegment block) {
        long began = meter.begin();
        upstream.free(block);
        meter.freed(began);
    }

    @Override
    public <T> Optional<T> as(Class<T> capability) {
        if (capability == AddressAllocator.class) {
            return upstream.as(AddressAllocator.class).map(Addresses::new).map(capability::cast);
        }
        if (capability == Confinable.class) {
            return upstream.as(Confinable.class)
                    .map(views -> (Confinable) () -> new MeasuredSide(views.confined(), meter))
                    .map(capability::cast);
        }
        return super.as(capability);
    }

    private final class Addresses implements AddressAllocator {

        private final AddressAllocator addresses;

        Addresses(AddressAllocator addresses) {
            this.addresses = addresses;
        }

        @Override
        public Allocator allocator() {
            return MeasuredSide.this;
        }

        @Override
        public long tryAllocateAddress(long byteSize, long byteAlignment) {
            long began = meter.begin();
            try {
                long address = addresses.tryAllocateAddress(byteSize, byteAlignment);
                if (address != NULL) {
                    meter.allocated(began, AllocationHints.NONE);
                }
                return address;
            } catch (RuntimeException | Error e) {
                meter.failed(e);
                throw e;
            }
        }

        @Override
        public void freeAddress(long address, long byteSize) {
            long began = meter.begin();
            addresses.freeAddress(address, byteSize);
            meter.freed(began);
        }

        @Override
        public boolean isLive(long address) {
            return addresses.isLive(address);
        }

        @Override
        public @Nullable MemorySegment blockAt(long address, long byteSize) {
            return addresses.blockAt(address, byteSize);
        }
    }
}
