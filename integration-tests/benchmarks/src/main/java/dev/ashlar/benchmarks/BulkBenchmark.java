package dev.ashlar.benchmarks;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One operation: zero, copy, compare or scan a block of {@code bytes} bytes, which starts on a cache line. {@code Bulk}
 * calls a method of {@link MemorySegment}, {@code Int} is a loop whose variable is an {@code int}, {@code Long} one
 * whose variable is a {@code long}, and {@code Array} does the same with an array. Run it also with
 * {@code -jvmArgsAppend -XX:-UseSuperWord}: a loop that takes the same time then was not vectorised.
 */
@State(Scope.Thread)
public class BulkBenchmark extends AllocatorBenchmark {

    /** The longest run of zeros that is copied at once. */
    private static final MemorySegment ZEROS = MemorySegment.ofArray(new long[4096]);

    /** Words that {@link #findByteInParts} reads before it looks whether it found one: 4 KiB. */
    private static final int PART = 512;

    /** The lowest bit of each byte of a word. */
    private static final long LOW_BITS = 0x0101010101010101L;

    private static final long HIGH_BITS = LOW_BITS << 7;

    /** The size of the block. */
    @Param({"64", "4096", "1048576"})
    public int bytes;

    private MemorySegment block = MemorySegment.NULL;
    private MemorySegment other = MemorySegment.NULL;
    private long[] array = {};
    private long[] otherArray = {};
    private byte[] byteArray = {};

    /** Not in any block. */
    private byte missing = 1;

    /** Makes two blocks and two arrays with equal contents, zeros. */
    @Setup
    public void fill(SharedSlab slab) {
        block = slab.allocator.allocateZeroed(bytes, CACHE_LINE);
        other = slab.allocator.allocateZeroed(bytes, CACHE_LINE);
        array = new long[bytes / Long.BYTES];
        otherArray = new long[bytes / Long.BYTES];
        byteArray = new byte[bytes];
    }

    /** {@link MemorySegment#fill}. */
    @Benchmark
    public MemorySegment zeroBulk() {
        return block.fill((byte) 0);
    }

    /** Copies of an array of zeros. */
    @Benchmark
    public MemorySegment zeroByCopies() {
        MemorySegment memory = block;
        for (long done = 0; done < memory.byteSize(); done += ZEROS.byteSize()) {
            MemorySegment.copy(ZEROS, 0, memory, done, Math.min(ZEROS.byteSize(), memory.byteSize() - done));
        }
        return memory;
    }

    /** Words by an {@code int} index. */
    @Benchmark
    public MemorySegment zeroInt() {
        MemorySegment memory = block;
        int words = (int) (memory.byteSize() / Long.BYTES);
        for (int i = 0; i < words; i++) {
            memory.setAtIndex(JAVA_LONG, i, 0);
        }
        return memory;
    }

    /** Words by a {@code long} index. */
    @Benchmark
    public MemorySegment zeroLong() {
        MemorySegment memory = block;
        long words = memory.byteSize() / Long.BYTES;
        for (long i = 0; i < words; i++) {
            memory.setAtIndex(JAVA_LONG, i, 0);
        }
        return memory;
    }

    /** {@link Arrays#fill(long[], long)}. */
    @Benchmark
    public long[] zeroArray() {
        Arrays.fill(array, 0);
        return array;
    }

    /** {@link MemorySegment#copyFrom}. */
    @Benchmark
    public MemorySegment copyBulk() {
        return block.copyFrom(other);
    }

    /** Words by an {@code int} index. */
    @Benchmark
    public MemorySegment copyInt() {
        MemorySegment to = block;
        MemorySegment from = other;
        int words = (int) (to.byteSize() / Long.BYTES);
        for (int i = 0; i < words; i++) {
            to.setAtIndex(JAVA_LONG, i, from.getAtIndex(JAVA_LONG, i));
        }
        return to;
    }

    /** Words by a {@code long} index. */
    @Benchmark
    public MemorySegment copyLong() {
        MemorySegment to = block;
        MemorySegment from = other;
        long words = to.byteSize() / Long.BYTES;
        for (long i = 0; i < words; i++) {
            to.setAtIndex(JAVA_LONG, i, from.getAtIndex(JAVA_LONG, i));
        }
        return to;
    }

    /** {@link System#arraycopy}. */
    @Benchmark
    public long[] copyArray() {
        System.arraycopy(otherArray, 0, array, 0, array.length);
        return array;
    }

    /** {@link MemorySegment#mismatch}. */
    @Benchmark
    public long compareBulk() {
        return block.mismatch(other);
    }

    /** Words by an {@code int} index, until two differ. */
    @Benchmark
    public long compareInt() {
        MemorySegment a = block;
        MemorySegment b = other;
        int words = (int) (a.byteSize() / Long.BYTES);
        for (int i = 0; i < words; i++) {
            if (a.getAtIndex(JAVA_LONG, i) != b.getAtIndex(JAVA_LONG, i)) {
                return i;
            }
        }
        return -1;
    }

    /** {@link Arrays#mismatch(long[], long[])}. */
    @Benchmark
    public int compareArray() {
        return Arrays.mismatch(array, otherArray);
    }

    /** The sum of all words, by an {@code int} index. */
    @Benchmark
    public long sumInt() {
        MemorySegment memory = block;
        int words = (int) (memory.byteSize() / Long.BYTES);
        long sum = 0;
        for (int i = 0; i < words; i++) {
            sum += memory.getAtIndex(JAVA_LONG, i);
        }
        return sum;
    }

    /** The sum of all words, by a {@code long} index. */
    @Benchmark
    public long sumLong() {
        MemorySegment memory = block;
        long words = memory.byteSize() / Long.BYTES;
        long sum = 0;
        for (long i = 0; i < words; i++) {
            sum += memory.getAtIndex(JAVA_LONG, i);
        }
        return sum;
    }

    /** The sum of all words, by a {@code long} offset in steps of 8. */
    @Benchmark
    public long sumLongSteps() {
        MemorySegment memory = block;
        long sum = 0;
        for (long offset = 0; offset < memory.byteSize(); offset += Long.BYTES) {
            sum += memory.get(JAVA_LONG, offset);
        }
        return sum;
    }

    /** The sum of an array. */
    @Benchmark
    public long sumArray() {
        long sum = 0;
        for (long word : array) {
            sum += word;
        }
        return sum;
    }

    /** The number of equal bytes, by an {@code int} index. */
    @Benchmark
    public int countByteInt() {
        MemorySegment memory = block;
        int size = (int) memory.byteSize();
        int count = 0;
        for (int i = 0; i < size; i++) {
            count += memory.get(JAVA_BYTE, i) == missing ? 1 : 0;
        }
        return count;
    }

    /** The number of equal words, without a comparison. */
    @Benchmark
    public long countLongInt() {
        MemorySegment memory = block;
        int words = (int) (memory.byteSize() / Long.BYTES);
        long count = 0;
        for (int i = 0; i < words; i++) {
            long difference = memory.getAtIndex(JAVA_LONG, i) ^ missing;
            count += ((difference - 1) & ~difference) >>> 63; // 1 if there is none
        }
        return count;
    }

    /** The first equal byte, one by one. */
    @Benchmark
    public int findByteInt() {
        MemorySegment memory = block;
        int size = (int) memory.byteSize();
        for (int i = 0; i < size; i++) {
            if (memory.get(JAVA_BYTE, i) == missing) {
                return i;
            }
        }
        return -1;
    }

    /** The first equal byte, eight at a time. */
    @Benchmark
    public int findByteInWords() {
        return findByte(block, 0, (int) (block.byteSize() / Long.BYTES), ofBytes(missing));
    }

    /** The first equal byte of an array. */
    @Benchmark
    public int findByteArray() {
        for (int i = 0; i < byteArray.length; i++) {
            if (byteArray[i] == missing) {
                return i;
            }
        }
        return -1;
    }

    /** The first equal word. */
    @Benchmark
    public int findLongInt() {
        MemorySegment memory = block;
        int words = (int) (memory.byteSize() / Long.BYTES);
        for (int i = 0; i < words; i++) {
            if (memory.getAtIndex(JAVA_LONG, i) == missing) {
                return i;
            }
        }
        return -1;
    }

    /** The first equal byte: a loop without an exit says whether a part has one. */
    @Benchmark
    public int findByteInParts() {
        MemorySegment memory = block;
        int words = (int) (memory.byteSize() / Long.BYTES);
        long pattern = ofBytes(missing);
        for (int part = 0; part < words; part += PART) {
            int end = Math.min(words, part + PART);
            if (hasByte(memory, part, end, pattern)) {
                return findByte(memory, part, end, pattern);
            }
        }
        return -1;
    }

    private static boolean hasByte(MemorySegment memory, int from, int to, long pattern) {
        long found = 0;
        for (int i = from; i < to; i++) {
            found |= zeroBytes(memory.getAtIndex(JAVA_LONG, i) ^ pattern);
        }
        return (found & HIGH_BITS) != 0;
    }

    private static int findByte(MemorySegment memory, int from, int to, long pattern) {
        for (int i = from; i < to; i++) {
            long zeros = zeroBytes(memory.getAtIndex(JAVA_LONG, i) ^ pattern) & HIGH_BITS;
            if (zeros != 0) {
                return i * Long.BYTES + Long.numberOfTrailingZeros(zeros) / Byte.SIZE;
            }
        }
        return -1;
    }

    private static long ofBytes(byte value) {
        return (value & 0xFFL) * LOW_BITS;
    }

    /** A word with a high bit in its lowest byte that is zero, and none if no byte is zero. */
    private static long zeroBytes(long word) {
        return (word - LOW_BITS) & ~word;
    }
}
