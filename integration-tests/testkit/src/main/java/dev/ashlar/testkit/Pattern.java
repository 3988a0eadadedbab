package dev.ashlar.testkit;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The content of a live block: bytes computed from the block's identity. So no two blocks have the same content, and an
 * overwritten byte is seen.
 *
 * @param identity differs from block to block
 * @param byteSize the block's size
 */
record Pattern(long identity, long byteSize) {

    /**
     * Beyond this only one word in each {@link #STRIDE} is written, and the last bytes, so large blocks are cheap to
     * check.
     */
    private static final long DENSE_BYTES = TestLength.of(8 * 1024, 64 * 1024);

    private static final int STRIDE = 512;

    /** Little endian, so that byte {@code j} of a word is {@code word >>> 8 * j}. */
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    void fill(MemorySegment block) {
        long step = step();
        for (long at = 0; at + Long.BYTES <= byteSize; at += step) {
            block.set(WORD, at, word(at));
        }
        for (long at = byteSize & -Long.BYTES; at < byteSize; at++) {
            block.set(ValueLayout.JAVA_BYTE, at, byteAt(at));
        }
    }

    /**
     * The first byte that was changed.
     *
     * @param block the block, or one that holds a copy of its first bytes
     * @param length how many bytes of the pattern it must hold
     * @return the offset of the first changed byte, or -1
     */
    long mismatch(MemorySegment block, long length) {
        long step = step();
        for (long at = 0; at + Long.BYTES <= length; at += step) {
            long found = block.get(WORD, at);
            if (found != word(at)) {
                return at + Long.numberOfTrailingZeros(found ^ word(at)) / Byte.SIZE;
            }
        }
        for (long at = length & -Long.BYTES; at < length && isFilled(at); at++) {
            if (block.get(ValueLayout.JAVA_BYTE, at) != byteAt(at)) {
                return at;
            }
        }
        return -1;
    }

    /** Whether a byte behind the last whole word of a prefix was filled at all. */
    private boolean isFilled(long at) {
        return (at & -Long.BYTES) % step() == 0 || at >= (byteSize & -Long.BYTES);
    }

    private long step() {
        return byteSize <= DENSE_BYTES ? Long.BYTES : STRIDE;
    }

    private byte byteAt(long at) {
        return (byte) (word(at & -Long.BYTES) >>> (Byte.SIZE * (at & (Long.BYTES - 1))));
    }

    /** The finalizer of SplitMix64: every bit of identity and place changes half of the word. */
    private long word(long at) {
        long mixed = identity * 0x9E3779B97F4A7C15L + at;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}
