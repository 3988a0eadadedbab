package dev.ashlar.benchmarks.suite;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * No allocator: the addresses rotate through a region. Its time is that of the workload itself, which can be subtracted
 * from those of others. The regions of different threads are different, so that threads do not disturb each other.
 *
 * <p>Small blocks share a region that fits in the processor's caches. The time is therefore a lower bound: with an
 * allocator the same workload spreads over as much memory as it has live.
 */
final class RawVoid implements RawAllocator {

    /** More than threads run at once; those with the same number modulo this share a region. */
    private static final int STRIPES = 32;

    private static final long SMALL_BYTES = 256 << 10;

    /** The largest block. */
    private static final long LARGE_BYTES = 32 << 20;

    /** Longs between the cursors of two stripes, so that they lie in different cache lines. */
    private static final int PADDING = 16;

    private final Arena arena = Arena.ofShared();
    private final long small = arena.allocate(STRIPES * SMALL_BYTES, 4096).address();
    private final long[] cursors = new long[STRIPES * PADDING];

    /** Made when a thread of the stripe requests a large block. Guarded by this. */
    private final @Nullable MemorySegment[] large = new MemorySegment[STRIPES];

    @Override
    public long allocate(long byteSize, long byteAlignment) {
        int stripe = (int) Thread.currentThread().threadId() & (STRIPES - 1);
        if (byteSize > SMALL_BYTES) {
            return large(stripe, byteSize);
        }
        long start = (cursors[stripe * PADDING] + byteAlignment - 1) & -byteAlignment;
        if (start + byteSize > SMALL_BYTES) {
            start = 0;
        }
        cursors[stripe * PADDING] = start + byteSize;
        return small + stripe * SMALL_BYTES + start;
    }

    private synchronized long large(int stripe, long byteSize) {
        if (byteSize > LARGE_BYTES) {
            throw new IllegalArgumentException("byteSize is " + byteSize + ", must be at most " + LARGE_BYTES);
        }
        MemorySegment region = large[stripe];
        if (region == null) {
            region = arena.allocate(LARGE_BYTES, 4096);
            large[stripe] = region;
        }
        return region.address();
    }

    @Override
    public void free(long address, long byteSize) {}

    @Override
    public boolean keepsContents() {
        return false;
    }

    @Override
    public void close() {
        arena.close();
    }
}
