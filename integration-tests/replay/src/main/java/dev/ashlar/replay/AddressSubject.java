package dev.ashlar.replay;

import dev.ashlar.api.AddressAllocator;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** A strategy, or malloc, through raw addresses. */
final class AddressSubject implements Subject {

    private final AddressAllocator allocator;
    private final Books books;
    private final MemorySegment everything;
    private final long[] byteSizes;
    private final long[] byteAlignments;
    private final long[] addresses;

    /** Needs {@linkplain NativeAccess native access}. */
    AddressSubject(AddressAllocator allocator, Books books, Trace trace) {
        this.allocator = allocator;
        this.books = books;
        this.everything = NativeAccess.everything();
        this.byteSizes = trace.byteSizes;
        this.byteAlignments = trace.byteAlignments;
        this.addresses = new long[trace.blocks()];
    }

    @Override
    public boolean allocate(int block) {
        long address = allocator.tryAllocateAddress(byteSizes[block], byteAlignments[block]);
        if (address == AddressAllocator.NULL) {
            return false;
        }
        Subject.touch(everything, address, byteSizes[block]);
        addresses[block] = address;
        return true;
    }

    @Override
    public void free(int block) {
        long address = addresses[block];
        if (address != AddressAllocator.NULL) {
            addresses[block] = AddressAllocator.NULL;
            allocator.freeAddress(address, byteSizes[block]);
        }
    }

    @Override
    public @Nullable MemorySegment memory(int block) {
        long address = addresses[block];
        return address == AddressAllocator.NULL ? null : everything.asSlice(address, byteSizes[block]);
    }

    @Override
    public Books books() {
        return books;
    }
}
