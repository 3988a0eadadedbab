package dev.ashlar.benchmarks;

import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.AllocationHints.Access;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.annotations.GroupThreads;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One operation: count up in a block. Two threads do so, each in its own block. The blocks were allocated one after the
 * other by one thread, so they are neighbours unless their alignment keeps them apart.
 */
@State(Scope.Group)
public class FalseSharingBenchmark extends AllocatorBenchmark {

    private static final VarHandle COUNT = ValueLayout.JAVA_LONG.varHandle();
    private static final AllocationHints FREQUENT = AllocationHints.NONE.withAccess(Access.FREQUENT);

    /** How the blocks are requested. */
    public enum Request {
        /** Aligned to 8. */
        PLAIN,
        /** Aligned to 8, with the hint that they are accessed frequently. */
        FREQUENT,
        /** Aligned to a cache line. */
        ALIGNED_64,
        /** Aligned to two cache lines. */
        ALIGNED_128
    }

    /** The size of a block. */
    @Param({"8", "16"})
    public int bytes;

    /** How they are requested. */
    @Param
    public Request request = Request.PLAIN;

    private MemorySegment first = MemorySegment.NULL;
    private MemorySegment second = MemorySegment.NULL;

    /** Allocates both. */
    @Setup
    public void allocate(SharedAdaptive adaptive) {
        first = allocateOne(adaptive);
        second = allocateOne(adaptive);
    }

    private MemorySegment allocateOne(SharedAdaptive adaptive) {
        return switch (request) {
            case PLAIN -> adaptive.allocator.allocateZeroed(bytes, ALIGNMENT);
            case FREQUENT ->
                adaptive.allocator.allocate(bytes, ALIGNMENT, FREQUENT).fill((byte) 0);
            case ALIGNED_64 -> adaptive.allocator.allocateZeroed(bytes, CACHE_LINE);
            case ALIGNED_128 -> adaptive.allocator.allocateZeroed(bytes, 2 * CACHE_LINE);
        };
    }

    /** The first thread. */
    @Benchmark
    @Group("plain")
    @GroupThreads(1)
    public void one() {
        countUp(first);
    }

    /** The second thread. */
    @Benchmark
    @Group("plain")
    @GroupThreads(1)
    public void another() {
        countUp(second);
    }

    /** The first thread. */
    @Benchmark
    @Group("atomic")
    @GroupThreads(1)
    public long oneAtomically() {
        return (long) COUNT.getAndAdd(first, 0L, 1L);
    }

    /** The second thread. */
    @Benchmark
    @Group("atomic")
    @GroupThreads(1)
    public long anotherAtomically() {
        return (long) COUNT.getAndAdd(second, 0L, 1L);
    }

    private static void countUp(MemorySegment block) {
        COUNT.setOpaque(block, 0L, (long) COUNT.getOpaque(block, 0L) + 1);
    }
}
