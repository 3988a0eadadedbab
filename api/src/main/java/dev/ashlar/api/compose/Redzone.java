package dev.ashlar.api.compose;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * Writes and checks the bytes that must not change: canaries around a block, and the fill of a freed block.
 *
 * <p>A canary depends on its address. So bytes that are copied from the redzone of one block into that of another are
 * seen, which is what a copy that is a little too long does. No canary is 0, the end of a string.
 */
final class Redzone {

    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Bytes of a fill that are compared at once: as much as the nearest cache has room for. */
    private static final int COMPARED = 4096;

    private static final MemorySegment FREED = filled(Hardening.FREED);
    private static final MemorySegment ZEROS = filled((byte) 0);

    /** As many bytes as a report shows. */
    private static final long SHOWN = 16;

    private static final HexFormat HEX = HexFormat.ofDelimiter(" ");

    private Redzone() {}

    private static MemorySegment filled(byte fill) {
        return MemorySegment.ofArray(new byte[COMPARED]).fill(fill);
    }

    /** The eight canaries from an address that is a multiple of eight, the first in the lowest bits. */
    private static long canaries(long address) {
        long mixed = address * 0x9E3779B97F4A7C15L;
        return (mixed ^ (mixed >>> 32)) | 0x0101010101010101L;
    }

    private static byte canary(long address) {
        return (byte) (canaries(address & -Long.BYTES) >>> ((address & (Long.BYTES - 1)) * Byte.SIZE));
    }

    /** Writes canaries from an offset to another. */
    static void write(MemorySegment memory, long from, long to) {
        long address = memory.address();
        long at = from;
        while (at < to && ((address + at) & (Long.BYTES - 1)) != 0) {
            memory.set(ValueLayout.JAVA_BYTE, at, canary(address + at));
            at++;
        }
        for (; at <= to - Long.BYTES; at += Long.BYTES) {
            memory.set(WORD, at, canaries(address + at));
        }
        for (; at < to; at++) {
            memory.set(ValueLayout.JAVA_BYTE, at, canary(address + at));
        }
    }

    /** The first offset from one to another that has no canary any more, or -1. */
    static long changed(MemorySegment memory, long from, long to) {
        long address = memory.address();
        long at = from;
        while (at < to) {
            if (((address + at) & (Long.BYTES - 1)) == 0
                    && at <= to - Long.BYTES
                    && memory.get(WORD, at) == canaries(address + at)) {
                at += Long.BYTES;
            } else if (memory.get(ValueLayout.JAVA_BYTE, at) == canary(address + at)) {
                at++;
            } else {
                return at;
            }
        }
        return -1;
    }

    /** The first offset of a freed block at which it does not have its fill any more, or -1. */
    static long changedFill(MemorySegment block, boolean zeroed) {
        MemorySegment fill = zeroed ? ZEROS : FREED;
        for (long at = 0; at < block.byteSize(); at += COMPARED) {
            long length = Math.min(COMPARED, block.byteSize() - at);
            long offset = MemorySegment.mismatch(block, at, at + length, fill, 0, length);
            if (offset >= 0) {
                return at + offset;
            }
        }
        return -1;
    }

    /** Some bytes from an offset on, as text. */
    static String shown(MemorySegment memory, long from, long to) {
        return HEX.formatHex(memory.asSlice(from, Math.min(to - from, SHOWN)).toArray(ValueLayout.JAVA_BYTE));
    }
}
