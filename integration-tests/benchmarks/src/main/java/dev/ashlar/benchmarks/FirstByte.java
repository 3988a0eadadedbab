package dev.ashlar.benchmarks;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What every benchmark does with a block: it writes the first byte. So the block is used, no allocation can be
 * optimised away, and memory that is not there yet is fetched.
 */
final class FirstByte {

    static final byte VALUE = 1;

    /** A segment over every address, so that an address is its own offset. */
    static final MemorySegment MEMORY = memory();

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
