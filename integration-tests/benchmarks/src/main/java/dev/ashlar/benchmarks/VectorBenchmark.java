package dev.ashlar.benchmarks;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.ashlar.arena.sequence.ComponentStore;
import dev.ashlar.arena.sequence.DoubleVector;
import dev.ashlar.arena.sequence.IntVector;
import dev.ashlar.arena.sequence.LongVector;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One operation: read or write all elements of a vector, {@code Each} by its methods for one element, {@code Memory} by
 * a loop over its memory, {@code Bulk} in one call. {@code Column} sums up one field of a component store.
 */
@State(Scope.Thread) // a vector is for one thread, which makes it
@SuppressWarnings("NullAway.Init") // JMH calls fill first
public class VectorBenchmark extends AllocatorBenchmark {

    private static final MemoryLayout THREE = MemoryLayout.structLayout(JAVA_DOUBLE, JAVA_DOUBLE, JAVA_LONG);
    private static final long FIELD = 16;

    /** The number of elements. */
    @Param({"512", "131072"})
    public int elements;

    private LongVector longs;
    private LongVector others;
    private IntVector ints;
    private DoubleVector doubles;
    private ComponentStore three;
    private ComponentStore one;
    private long[] array;

    /** Fills all. */
    @Setup
    public void fill(SharedSlab slab) {
        longs = new LongVector(slab.allocator);
        others = new LongVector(slab.allocator);
        ints = new IntVector(slab.allocator);
        doubles = new DoubleVector(slab.allocator);
        three = new ComponentStore(slab.allocator, THREE);
        one = new ComponentStore(slab.allocator, JAVA_LONG);
        array = new long[elements];
        for (int i = 0; i < elements; i++) {
            longs.append(i);
            others.append(i);
            ints.append(i);
            doubles.append(i);
            three.add(i).set(JAVA_LONG, FIELD, i);
            one.add(i).set(JAVA_LONG, 0, i);
            array[i] = i;
        }
    }

    /** The sum by a {@code long} index. */
    @Benchmark
    public long sumEach() {
        long sum = 0;
        for (long i = 0; i < longs.size(); i++) {
            sum += longs.get(i);
        }
        return sum;
    }

    /** The sum by an {@code int} index. */
    @Benchmark
    public long sumEachInt() {
        LongVector vector = longs;
        int size = (int) vector.size();
        long sum = 0;
        for (int i = 0; i < size; i++) {
            sum += vector.get(i);
        }
        return sum;
    }

    /** The sum over the memory by an {@code int} index. */
    @Benchmark
    public long sumMemory() {
        MemorySegment memory = longs.memory();
        int size = (int) (memory.byteSize() / Long.BYTES);
        long sum = 0;
        for (int i = 0; i < size; i++) {
            sum += memory.getAtIndex(JAVA_LONG, i);
        }
        return sum;
    }

    /** The sum of numbers of 4 bytes. */
    @Benchmark
    public int sumOfIntsEach() {
        int size = (int) ints.size();
        int sum = 0;
        for (int i = 0; i < size; i++) {
            sum += ints.get(i);
        }
        return sum;
    }

    /** The same over the memory. */
    @Benchmark
    public int sumOfIntsMemory() {
        MemorySegment memory = ints.memory();
        int size = (int) (memory.byteSize() / Integer.BYTES);
        int sum = 0;
        for (int i = 0; i < size; i++) {
            sum += memory.getAtIndex(JAVA_INT, i);
        }
        return sum;
    }

    /** A product of each element with a number, which replaces it. */
    @Benchmark
    public void scaleEach() {
        int size = (int) doubles.size();
        for (int i = 0; i < size; i++) {
            doubles.set(i, doubles.get(i) * 0.5);
        }
    }

    /** The same over the memory. */
    @Benchmark
    public void scaleMemory() {
        MemorySegment memory = doubles.memory();
        int size = (int) (memory.byteSize() / Double.BYTES);
        for (int i = 0; i < size; i++) {
            memory.setAtIndex(JAVA_DOUBLE, i, memory.getAtIndex(JAVA_DOUBLE, i) * 0.5);
        }
    }

    /** All elements set to one value. */
    @Benchmark
    public void setEach() {
        int size = (int) longs.size();
        for (int i = 0; i < size; i++) {
            longs.set(i, elements);
        }
    }

    /** The same over the memory. */
    @Benchmark
    public void setMemory() {
        MemorySegment memory = longs.memory();
        int size = (int) (memory.byteSize() / Long.BYTES);
        for (int i = 0; i < size; i++) {
            memory.setAtIndex(JAVA_LONG, i, elements);
        }
    }

    /** All elements removed and appended again. */
    @Benchmark
    public void appendEach() {
        longs.clear();
        for (long value : array) {
            longs.append(value);
        }
    }

    /** The same in one call. */
    @Benchmark
    public void appendBulk() {
        longs.clear();
        longs.appendAll(array);
    }

    /** All elements copied into an array. */
    @Benchmark
    public long[] readEach() {
        int size = (int) longs.size();
        for (int i = 0; i < size; i++) {
            array[i] = longs.get(i);
        }
        return array;
    }

    /** The same in one call. */
    @Benchmark
    public long[] readBulk() {
        MemorySegment.copy(longs.memory(), JAVA_LONG, 0, array, 0, array.length);
        return array;
    }

    /** Whether two vectors are equal. */
    @Benchmark
    public boolean equalEach() {
        int size = (int) longs.size();
        for (int i = 0; i < size; i++) {
            if (longs.get(i) != others.get(i)) {
                return false;
            }
        }
        return true;
    }

    /** The same in one call. */
    @Benchmark
    public boolean equalBulk() {
        return longs.memory().mismatch(others.memory()) < 0;
    }

    /** A field of structs of 24 bytes, by slices. */
    @Benchmark
    public long sumColumnEach() {
        int size = three.size();
        long sum = 0;
        for (int i = 0; i < size; i++) {
            sum += three.structAt(i).get(JAVA_LONG, FIELD);
        }
        return sum;
    }

    /** The same by offsets in the memory. */
    @Benchmark
    public long sumColumnMemory() {
        MemorySegment memory = three.memory();
        long stride = three.stride();
        long sum = 0;
        for (long offset = FIELD; offset < memory.byteSize(); offset += stride) {
            sum += memory.get(JAVA_LONG, offset);
        }
        return sum;
    }

    /** The only field of structs of 8 bytes. */
    @Benchmark
    public long sumColumnAlone() {
        MemorySegment memory = one.memory();
        int size = one.size();
        long sum = 0;
        for (int i = 0; i < size; i++) {
            sum += memory.getAtIndex(JAVA_LONG, i);
        }
        return sum;
    }
}
