package dev.ashlar.benchmarks;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Writes the first byte of a block, as every benchmark does. So the block is used, the compiler cannot remove the
 * allocation, and the memory becomes resident.
 */
public final class FirstByte {

    static final byte VALUE = 1;

    /** A segment over every address, so that an address is its own offset. */
    public static final MemorySegment MEMORY = memory();

    private FirstByte() {}

    @SuppressWarnings("restricted")
    private static MemorySegment memory() {
        // SAFETY: used only at addresses of live blocks, within their sizes.
        return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
    }

    static void touch(MemorySegment block) {
        block.set(ValueLayout.JAVA_BYTE, 0, VALUE);
    }

    static void touch(long address) {
        MEMORY.set(ValueLayout.JAVA_BYTE, address, VALUE);
    }
}
