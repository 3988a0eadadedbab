package dev.ashlar.benchmarks;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One operation: read or write one of many records of 64 bytes that a program uses often, in random order. They lie in
 * random places among four times as many records, which follow each other. The first record starts {@code offset} bytes
 * behind the start of a cache line. Unless that is 0, every record is in two cache lines.
 */
@State(Scope.Thread)
@SuppressWarnings("NullAway.Init") // JMH calls fill first
public class CacheLineBenchmark extends AllocatorBenchmark {

    private static final long RECORD = 64;
    private static final int SPREAD = 4;

    /** The number of records that are used: 32 KiB, 1.5 MiB and 16 MiB. */
    @Param({"512", "24576", "262144"})
    public int records;

    /** Where a record starts in its cache line. */
    @Param({"0", "8", "32"})
    public int offset;

    private MemorySegment memory;
    private MemorySegment buffer;
    private int[] used;
    private int next;

    /** Makes the records and chooses those that are used. */
    @Setup
    public void fill(SharedSlab slab) {
        long bytes = RECORD * records * SPREAD;
        memory = slab.allocator.allocateZeroed(bytes + RECORD, CACHE_LINE).asSlice(offset, bytes);
        buffer = slab.allocator.allocateZeroed(RECORD, CACHE_LINE);
        List<Integer> all =
                new ArrayList<>(IntStream.range(0, records * SPREAD).boxed().toList());
        Collections.shuffle(all, new Random(1));
        used = all.stream().limit(records).mapToInt(Integer::intValue).toArray();
    }

    private long nextRecord() {
        next = next + 1 < records ? next + 1 : 0;
        return used[next] * RECORD;
    }

    /** The first and the last word. */
    @Benchmark
    public long readEnds() {
        long record = nextRecord();
        return memory.get(JAVA_LONG, record) + memory.get(JAVA_LONG, record + RECORD - Long.BYTES);
    }

    /** All bytes by one copy. */
    @Benchmark
    public void copyOut() {
        MemorySegment.copy(memory, nextRecord(), buffer, 0, RECORD);
    }

    /** The first and the last word. */
    @Benchmark
    public void writeEnds() {
        long record = nextRecord();
        memory.set(JAVA_LONG, record, record);
        memory.set(JAVA_LONG, record + RECORD - Long.BYTES, record);
    }
}
