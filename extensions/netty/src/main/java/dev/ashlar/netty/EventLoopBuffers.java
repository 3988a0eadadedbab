package dev.ashlar.netty;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Released buffers that an event loop keeps with their blocks, to open them again without a call of the allocator.
 * Their capacities are powers of two, as those of most of Netty's requests are. Together their blocks have at most a
 * set number of bytes.
 *
 * <p>Invariant: {@code keptBytes} is the sum of the kept blocks, and at most {@code mostBytes}.
 *
 * <p><b>Concurrency.</b> Only the thread of the event loop changes this. A buffer that another thread releases is
 * freed. Other threads may read the figures. They are plain fields with one writer, so a reader may get an older value.
 * This is harmless: they are exact once the event loop is quiet and its work was passed on.
 */
final class EventLoopBuffers {

    /** What an allocator may keep for a thread, by its rule 11. */
    static final int DEFAULT_BYTES = 64 * 1024;

    /** The objects of a buffer take more than a smaller block. */
    private static final int SMALLEST = 64;

    private static final int SMALLEST_LOG = Integer.numberOfTrailingZeros(SMALLEST);

    /** Each takes some 200 bytes of the heap beside its block. */
    private static final int MOST_OF_A_SIZE = 64;

    private final AshlarByteBufAllocator owner;
    private final int mostBytes;

    /** How many of each size are kept. The index is the binary logarithm of the size, from that of the smallest. */
    private final int[] counts;

    /** {@link #MOST_OF_A_SIZE} places for each size, of which the first are used. */
    private final DirectBuffer[] kept;

    /** The event loop's thread, and null after {@link #close}. */
    private @Nullable Thread user = Thread.currentThread();

    private int keptBytes;

    EventLoopBuffers(AshlarByteBufAllocator owner, int mostBytes) {
        this.owner = owner;
        this.mostBytes = mostBytes;
        int sizes = Integer.SIZE - Integer.numberOfLeadingZeros(mostBytes / SMALLEST);
        counts = new int[sizes];
        kept = new DirectBuffer[sizes * MOST_OF_A_SIZE];
    }

    private static int indexOf(int size) {
        return Integer.numberOfTrailingZeros(size) - SMALLEST_LOG;
    }

    private boolean isServed(int size, int index) {
        return (size & (size - 1)) == 0 && index >= 0 && index < counts.length;
    }

    /** A kept buffer of a capacity, opened again, or null if there is none. */
    @Nullable ByteBuf tryOpen(int size, int maxCapacity) {
        int index = indexOf(size);
        if (!isServed(size, index) || counts[index] == 0) {
            return null;
        }
        DirectBuffer buffer = removeLast(index);
        buffer.reopen(maxCapacity);
        return buffer;
    }

    private DirectBuffer removeLast(int index) {
        DirectBuffer buffer = kept[index * MOST_OF_A_SIZE + --counts[index]];
        keptBytes -= buffer.byteSize();
        return buffer;
    }

    /** Keeps a released buffer, or returns false if its block is to be freed. */
    boolean keep(DirectBuffer buffer) {
        int size = buffer.capacity();
        int index = indexOf(size);
        if (Thread.currentThread() != user
                || !isServed(size, index)
                || buffer.byteSize() > mostBytes - keptBytes // no sum, which may be too large for an int
                || counts[index] == MOST_OF_A_SIZE) {
            return false;
        }
        if (owner.isClosed()) {
            evict();
            return false;
        }
        int place = index * MOST_OF_A_SIZE + counts[index]++;
        if (kept[place] != buffer) { // a store of a reference costs more than the comparison
            kept[place] = buffer;
        }
        keptBytes += buffer.byteSize();
        return true;
    }

    /**
     * Frees what is kept.
     *
     * @return whether there was anything
     */
    boolean evict() {
        boolean any = keptBytes > 0;
        for (int index = 0; index < counts.length; index++) {
            while (counts[index] > 0) {
                removeLast(index).evict();
            }
        }
        Arrays.fill(kept, null);
        return any;
    }

    int keptBytes() {
        return keptBytes;
    }

    int keptBuffers() {
        return Arrays.stream(counts).sum();
    }

    /** Frees what is kept, and keeps nothing any more. */
    void close() {
        user = null;
        evict();
    }
}
