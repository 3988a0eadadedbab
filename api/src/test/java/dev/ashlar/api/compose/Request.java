package dev.ashlar.api.compose;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Every way to request one block. */
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
    TRY_ALLOCATE_WITH_HINTS {
        @Override
        @Nullable MemorySegment serve(Allocator allocator, long byteSize, long byteAlignment) {
            return allocator.tryAllocate(byteSize, byteAlignment, AllocationHints.NONE);
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
    TRY_ALLOCATE_ALL_OF_ONE_SIZE {
        @Override
        @Nullable MemorySegment serve(Allocator allocator, long byteSize, long byteAlignment) {
            return first(allocator.tryAllocateAll(byteSize, byteAlignment, 1));
        }
    },
    TRY_ALLOCATE_ALL_OF_SIZES {
        @Override
        @Nullable MemorySegment serve(Allocator allocator, long byteSize, long byteAlignment) {
            return first(allocator.tryAllocateAll(new long[] {byteSize}, byteAlignment));
        }
    },
    ALLOCATE_ADDRESS {
        @Override
        MemorySegment serve(Allocator allocator, long byteSize, long byteAlignment) {
            return segment(allocator, addresses(allocator).allocateAddress(byteSize, byteAlignment), byteSize);
        }
    },
    ALLOCATE_ADDRESS_WITH_HINTS {
        @Override
        MemorySegment serve(Allocator allocator, long byteSize, long byteAlignment) {
            long address = addresses(allocator).allocateAddress(byteSize, byteAlignment, AllocationHints.NONE);
            return segment(allocator, address, byteSize);
        }
    },
    ALLOCATE_ADDRESSES {
        @Override
        MemorySegment serve(Allocator allocator, long byteSize, long byteAlignment) {
            long[] address = new long[1];
            addresses(allocator).allocateAddresses(byteSize, byteAlignment, address);
            return segment(allocator, address[0], byteSize);
        }
    },
    TRY_ALLOCATE_ADDRESSES {
        @Override
        @Nullable MemorySegment serve(Allocator allocator, long byteSize, long byteAlignment) {
            long[] address = new long[1];
            return addresses(allocator).tryAllocateAddresses(byteSize, byteAlignment, address)
                    ? segment(allocator, address[0], byteSize)
                    : null;
        }
    },
    TRY_ALLOCATE_ADDRESS_WITH_HINTS {
        @Override
        @Nullable MemorySegment serve(Allocator allocator, long byteSize, long byteAlignment) {
            long address = addresses(allocator).tryAllocateAddress(byteSize, byteAlignment, AllocationHints.NONE);
            return address == AddressAllocator.NULL ? null : segment(allocator, address, byteSize);
        }
    },
    TRY_ALLOCATE_ADDRESS {
        @Override
        @Nullable MemorySegment serve(Allocator allocator, long byteSize, long byteAlignment) {
            long address = addresses(allocator).tryAllocateAddress(byteSize, byteAlignment);
            return address == AddressAllocator.NULL ? null : segment(allocator, address, byteSize);
        }
    };

    /** A block, null or an exception, as the operation defines. */
    abstract @Nullable MemorySegment serve(Allocator allocator, long byteSize, long byteAlignment);

    /** Whether it returns null when it is refused. */
    boolean tries() {
        return name().startsWith("TRY_");
    }

    boolean isByAddress() {
        return name().contains("ADDRESS");
    }

    /** Frees a block in the way in which it was requested. */
    void free(Allocator allocator, MemorySegment block) {
        if (isByAddress()) {
            if (name().endsWith("ADDRESSES")) {
                addresses(allocator).freeAddresses(new long[] {block.address()}, block.byteSize());
            } else {
                addresses(allocator).freeAddress(block.address(), block.byteSize());
            }
        } else {
            allocator.free(block);
        }
    }

    static AddressAllocator addresses(Allocator allocator) {
        return allocator.as(AddressAllocator.class).orElseThrow();
    }

    private static MemorySegment segment(Allocator allocator, long address, long byteSize) {
        return Objects.requireNonNull(addresses(allocator).blockAt(address, byteSize));
    }

    private static @Nullable MemorySegment first(@Nullable List<MemorySegment> blocks) {
        return blocks == null ? null : blocks.getFirst();
    }
}
