package dev.ashlar.verification.workload;

import dev.ashlar.api.Allocator;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A list of items with their addresses in a block, like an array of pointers in C. The block is resized as the list
 * grows. The segments are stored too, and every address is compared with its segment.
 */
final class ItemArray {

    /** Entries that the block grows by. The workload's text has 100,000, more than a short run would ever fill. */
    private static final int GROWTH = 1_000;

    private final Allocator allocator;
    private final List<@Nullable MemorySegment> items = new ArrayList<>();
    private MemorySegment addresses;

    ItemArray(Allocator allocator) {
        this.allocator = allocator;
        this.addresses = allocator.allocate(0, Long.BYTES);
    }

    int size() {
        return items.size();
    }

    void append(MemorySegment item) {
        if (items.size() * (long) Long.BYTES == addresses.byteSize()) {
            addresses = allocator.resize(addresses, addresses.byteSize() + GROWTH * (long) Long.BYTES, Long.BYTES);
        }
        items.add(null);
        addresses.setAtIndex(ValueLayout.JAVA_LONG, size() - 1, 0);
        exchange(size() - 1, item);
    }

    @Nullable MemorySegment get(int index) {
        MemorySegment item = items.get(index);
        long found = addresses.getAtIndex(ValueLayout.JAVA_LONG, index);
        if (found != address(item)) {
            throw new AssertionError("entry " + index + " of " + addresses + " was changed");
        }
        return item;
    }

    /** Replaces an item by another one or by none, and returns the former. */
    @Nullable MemorySegment exchange(int index, @Nullable MemorySegment item) {
        MemorySegment before = get(index);
        items.set(index, item);
        addresses.setAtIndex(ValueLayout.JAVA_LONG, index, address(item));
        return before;
    }

    /** Frees all items and the block. */
    void free() {
        for (int i = 0; i < size(); i++) {
            Item.free(allocator, get(i));
        }
        allocator.free(addresses);
    }

    private static long address(@Nullable MemorySegment item) {
        return item == null ? 0 : item.address();
    }
}
