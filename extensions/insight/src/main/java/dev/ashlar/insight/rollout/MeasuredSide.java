package dev.ashlar.insight.rollout;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.support.ForwardingAddresses;
import dev.ashlar.api.support.ForwardingAllocator;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A side of a rollout, or a confined view of it, whose single allocations and frees are measured. */
final class MeasuredSide extends ForwardingAllocator {

    final SideMeter meter;

    MeasuredSide(Allocator upstream, SideMeter meter) {
        super(upstream);
        this.meter = meter;
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
        long began = meter.begin();
        try {
            return meter.allocated(began, AllocationHints.NONE, upstream.tryAllocate(byteSize, byteAlignment));
        } catch (RuntimeException | Error e) {
            meter.failed(e);
            throw e;
        }
    }

    @Override
    public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment, AllocationHints hints) {
        long began = meter.begin();
        try {
            return meter.allocated(began, hints, upstream.tryAllocate(byteSize, byteAlignment, hints));
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
        Optional<?> measured = Optional.empty();
        if (capability == AddressAllocator.class) {
            measured = upstream.as(AddressAllocator.class).map(Addresses::new);
        } else if (capability == Confinable.class) {
            measured = upstream.as(Confinable.class)
                    .map(views -> (Confinable) () -> new MeasuredSide(views.confined(), meter));
        }
        return measured.map(capability::cast).or(() -> super.as(capability));
    }

    private final class Addresses extends ForwardingAddresses {

        Addresses(AddressAllocator upstream) {
            super(MeasuredSide.this, upstream);
        }

        @Override
        public long tryAllocateAddress(long byteSize, long byteAlignment) {
            long began = meter.begin();
            try {
                return meter.allocated(began, upstream.tryAllocateAddress(byteSize, byteAlignment));
            } catch (RuntimeException | Error e) {
                meter.failed(e);
                throw e;
            }
        }

        @Override
        public void freeAddress(long address, long byteSize) {
            long began = meter.begin();
            upstream.freeAddress(address, byteSize);
            meter.freed(began);
        }
    }
}
