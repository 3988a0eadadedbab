package dev.ashlar.verification.workload;

import dev.ashlar.api.Allocator;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** Blocks of whole words that contain their length, so that an overwritten block is found. */
final class Item {

    private static final long COOKIE = 0xbf58476d1ce4e5b9L;

    private Item() {}

    /** Allocates a block and fills it. */
    static MemorySegment allocate(Allocator allocator, long words) {
        MemorySegment item = allocator.allocate(words * Long.BYTES, Long.BYTES);
        for (long i = 0; i < words; i++) {
            item.setAtIndex(ValueLayout.JAVA_LONG, i, (words - i) ^ COOKIE);
        }
        return item;
    }

    /**
     * Checks a block and frees it.
     *
     * @param item the block, or null for none
     */
    static void free(Allocator allocator, @Nullable MemorySegment item) {
        if (item == null) {
            return;
        }
        long words = item.byteSize() / Long.BYTES;
        for (long i = 0; i < words; i++) {
            long found = item.getAtIndex(ValueLayout.JAVA_LONG, i) ^ COOKIE;
            if (found != words - i) {
                throw new AssertionError(
                        "word " + i + " of " + item + " was changed: it tells " + found + ", not " + (words - i));
            }
        }
        allocator.free(item);
    }
}
