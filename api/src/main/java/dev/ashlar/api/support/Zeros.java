package dev.ashlar.api.support;

import java.lang.foreign.MemorySegment;

/**
 * Writes zeros over memory. On JDK 25 a copy uses the widest instructions of the processor and {@link
 * MemorySegment#fill} writes words of 8 bytes, so more than a few hundred bytes are zeroed by copies of zeros.
 */
public final class Zeros {

    /** A call of a copy costs more than one of a fill, which fewer bytes do not make up for. */
    private static final long SMALLEST_COPY = 512;

    /** Small enough to stay in the nearest cache beside what is written. */
    private static final long LARGEST_COPY = 8 * 1024;

    private static final MemorySegment ZEROS =
            MemorySegment.ofArray(new long[(int) LARGEST_COPY / Long.BYTES]).asReadOnly();

    private Zeros() {}

    /**
     * Zeros all bytes of a segment.
     *
     * @param memory what to zero
     * @return the same segment
     * @throws UnsupportedOperationException if it is read-only
     * @throws IllegalStateException if it is not alive
     * @throws WrongThreadException if it is confined to another thread
     */
    public static MemorySegment writeTo(MemorySegment memory) {
        long byteSize = memory.byteSize();
        if (byteSize < SMALLEST_COPY) {
            return memory.fill((byte) 0);
        }
        long done = 0;
        for (; byteSize - done > LARGEST_COPY; done += LARGEST_COPY) {
            MemorySegment.copy(ZEROS, 0, memory, done, LARGEST_COPY);
        }
        MemorySegment.copy(ZEROS, 0, memory, done, byteSize - done);
        return memory;
    }
}
