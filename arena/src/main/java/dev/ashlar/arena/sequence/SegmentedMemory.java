package dev.ashlar.arena.sequence;

import dev.ashlar.api.Allocator;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a sequence that many threads append to. It never moves: part {@code k} is a block of {@value #FIRST}
 * times 2<sup>k</sup> elements, so that the parts before it have room for about as many as it has (the layout of
 * Dechev, Pirkelbauer and Stroustrup, <i>Lock-Free Dynamically Resizable Arrays</i>, 2006). Behind the elements of a
 * part are their marks, one bit for each.
 *
 * <p>A part is installed by a CAS before an index in it can be claimed. If two threads do so, the slower one frees its
 * block.
 *
 * <h2>Failure</h2>
 *
 * <p>An append may throw after its claim, for example a {@link StackOverflowError}. It leaves a gap: an index that is
 * never marked, behind which nothing would be published. It records the gap by bytecodes that call no method, because
 * there may be no stack for a call. The next append or reader publishes the gap, and fills it with zeros if nothing was
 * written. Two threads may do so at once, because filling it twice changes nothing.
 */
final class SegmentedMemory implements AppendOrder.Marks {

    /** Elements of part 0: as many as a word has marks. */
    static final int FIRST = Long.SIZE;

    private static final int FIRST_SHIFT = Long.numberOfTrailingZeros(FIRST);

    /** Enough for {@code FIRST << PARTS} elements, more than addresses have bits for. */
    private static final int PARTS = 48;

    private static final VarHandle WORD = ValueLayout.JAVA_LONG.varHandle();

    /** Writes an element that was claimed. */
    interface Writer {

        void write(MemorySegment part, long offset);
    }

    /** An append that failed after its claim. Its fields are written before other threads see it. */
    private static final class Gap {

        long index;
        boolean written;

        @Nullable Gap next;
    }

    private final Allocator allocator;
    private final long stride;
    private final long byteAlignment;
    private final AtomicReferenceArray<@Nullable MemorySegment> parts = new AtomicReferenceArray<>(PARTS);
    private final AppendOrder order = new AppendOrder();

    /** The gap that was recorded last, if any. Written under the lock of this. */
    private volatile @Nullable Gap gaps;

    SegmentedMemory(Allocator allocator, MemoryLayout element) {
        this.allocator = allocator;
        byteAlignment = Math.max(element.byteAlignment(), Long.BYTES); // the marks are words
        stride = Sequence.strideOf(element);
    }

    /** Claims an index, and writes and publishes its element. Returns the index. */
    long append(Writer writer) {
        Gap gap = new Gap(); // before the claim: there may be no memory for it later
        boolean published = false;
        gap.index = claim();
        try {
            writer.write(part(gap.index), offset(gap.index));
            gap.written = true;
            order.publish(gap.index, this);
            published = true;
        } finally { // and no catch clause: finding its class may need stack too
            if (!published) {
                synchronized (this) {
                    gap.next = gaps;
                    gaps = gap;
                }
            }
        }
        return gap.index;
    }

    private long claim() {
        while (true) {
            long index = order.claimed();
            if (index == AppendOrder.CLOSED) {
                throw closed();
            }
            fillGaps();
            ensurePart(partOf(index));
            if (order.claim(index)) {
                return index; // no call from the claim to here, so only the virtual machine itself could fail
            }
        }
    }

    private void fillGaps() {
        for (Gap gap = gaps; gap != null; gap = gaps) {
            if (!gap.written) {
                part(gap.index).asSlice(offset(gap.index), stride).fill((byte) 0);
            }
            order.publish(gap.index, this);
            synchronized (this) {
                if (gaps == gap) { // otherwise it is found again behind a newer one
                    gaps = gap.next;
                }
            }
        }
    }

    long published() {
        if (order.published() == AppendOrder.CLOSED) {
            throw closed();
        }
        fillGaps();
        return order.published();
    }

    /** The index, if the element may be read. */
    long checked(long index) {
        if (index < 0 || (index >= order.published() && index >= published())) {
            throw new IndexOutOfBoundsException(
                    "index is " + index + ", must be from 0 to " + (published() - 1) + ", the last published element");
        }
        return index;
    }

    /** The block with an element that was claimed. */
    MemorySegment part(long index) {
        MemorySegment part = parts.get(partOf(index));
        if (part == null) {
            throw closed();
        }
        return part;
    }

    /** The offset of an element in its {@link #part}. */
    long offset(long index) {
        return within(index) * stride;
    }

    private static int partOf(long index) {
        return Long.SIZE - 1 - FIRST_SHIFT - Long.numberOfLeadingZeros(index + FIRST);
    }

    private static long within(long index) {
        return index + FIRST - Long.highestOneBit(index + FIRST);
    }

    /**
     * The offset of the word with an element's mark: behind the elements of the part, at a multiple of the size of a
     * word.
     */
    private long markOffset(long index) {
        return elementBytes(partOf(index)) + (within(index) >>> 6) * Long.BYTES;
    }

    /** A multiple of {@code FIRST}, and so of a word. */
    private long elementBytes(int part) {
        return Math.multiplyExact((long) FIRST << part, stride);
    }

    private void ensurePart(int number) {
        if (parts.get(number) != null) {
            return;
        }
        long elements = elementBytes(number);
        MemorySegment part = allocator.allocate(elements + ((long) FIRST << number) / Byte.SIZE, byteAlignment);
        part.asSlice(elements).fill((byte) 0);
        if (!parts.compareAndSet(number, null, part)) {
            allocator.free(part);
        }
    }

    @Override
    public void mark(long index) {
        long _ = (long) WORD.getAndBitwiseOr(part(index), markOffset(index), 1L << (within(index) & 63));
    }

    @Override
    public long runFrom(long index) {
        MemorySegment part = parts.get(partOf(index));
        if (part == null) {
            return 0;
        }
        long marks = (long) WORD.getVolatile(part, markOffset(index)) >>> (within(index) & 63);
        return Long.numberOfTrailingZeros(~marks);
    }

    void close() {
        if (order.close()) {
            for (int i = 0; i < PARTS; i++) {
                MemorySegment part = parts.getAndSet(i, null);
                if (part != null) {
                    allocator.free(part);
                }
            }
        }
    }

    private static IllegalStateException closed() {
        return new IllegalStateException("This sequence is closed");
    }
}
