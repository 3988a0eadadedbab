package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** Every way to ask an allocator for one block. */
enum Request {
    ALLOCATE {
        @Override
        MemorySegment serve(Allocator allocator, long byteSize, long byteAlignment) {
            return allocator.allocate(byteSize, byteAlignment);
        }
    },
    TRY_ALLOCATE {
        @Override
        @Nullable MemorySegment serve(Allocator allocator, long byteSize, long byteAlignment) {
            return allocator.tryAllocate(byteSize, byteAlignment);
        }
    },
    ALLOCATE_WITH_HINTS {
        @Override
        MemorySegment serve(Allocator allocator, long byteSize, long byteAlignment) {
            return allocator.allocate(byteSize, byteAlignment, AllocationHints.NONE);
        }
    },
    ALLOCATE_ZEROED {
        @Override
        MemorySegment serve(Allocator allocator, long byteSize, long byteAlignment) {
            return allocator.allocateZeroed(byteSize, byteAlignment);
        }
    },
    ALLOCATE_ALL_OF_ONE_SIZE {
        @Override
        MemorySegment serve(Allocator allocator, long byteSize, long byteAlignment) {
            return allocator.allocateAll(byteSize, byteAlignment, 1).getFirst();
        }
    },
    ALLOCATE_ALL_OF_SIZES {
        @Override
        MemorySegment serve(Allocator allocator, long byteSize, long byteAlignment) {
            return allocator.allocateAll(new long[] {byteSize}, byteAlignment).getFirst();
        }
    },
    ALLOCATE_ADDRESS {
        @Override
        MemorySegment serve(Allocator allocator, long byteSize, long byteAlignment) {
            return segment(addresses(allocator).allocateAddress(byteSize, byteAlignment), byteSize);
        }
    },
    TRY_ALLOCATE_ADDRESS {
        @Override
        @Nullable MemorySegment serve(Allocator allocator, long byteSize, long byteAlignment) {
            long address = addresses(allocator).tryAllocateAddress(byteSize, byteAlignment);
            return address == AddressAllocator.NULL ? null : segment(address, byteSize);
        }
    };

    /** A block, or null or an exception as the operation has it. */
    abstract @Nullable MemorySegment serve(Allocator allocator, long byteSize, long byteAlignment);

    /** Whether it says by null that it is refused. */
    boolean tries() {
        return this == TRY_ALLOCATE || this == TRY_ALLOCATE_ADDRESS;
    }

    boolean isByAddress() {
        return this == ALLOCATE_ADDRESS || this == TRY_ALLOCATE_ADDRESS;
    }

    /** Gives a block back the way it was asked for. */
    void free(Allocator allocator, MemorySegment block) {
        if (isByAddress()) {
            addresses(allocator).freeAddress(block.address(), block.byteSize());
        } else {
            allocator.free(block);
        }
    }

    static AddressAllocator addresses(Allocator allocator) {
        return allocator.as(AddressAllocator.class).orElseThrow();
    }

    @SuppressWarnings("restricted") // SAFETY: the block at the address has this size
    private static MemorySegment segment(long address, long byteSize) {
        return MemorySegment.ofAddress(address).reinterpret(byteSize);
    }
}
