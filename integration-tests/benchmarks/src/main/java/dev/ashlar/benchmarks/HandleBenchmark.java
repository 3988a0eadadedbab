package dev.ashlar.benchmarks;

import dev.ashlar.api.Allocator;
import dev.ashlar.heap.Handle;
import dev.ashlar.heap.HandleHeap;
import dev.ashlar.heap.Pin;
import dev.ashlar.slab.Slab;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Reads eight bytes of a random block of 64 bytes: as a segment, and by its handle. */
@State(Scope.Thread)
@SuppressWarnings("NullAway.Init") // JMH calls fill first
public class HandleBenchmark extends AllocatorBenchmark {

    private static final int SIZE = 64;

    /** Live blocks, a power of two: in the caches of the processor, and beyond them. */
    @Param({"1024", "1048576"})
    public int blocks;

    private Allocator allocator;
    private HandleHeap heap;
    private MemorySegment[] segments;
    private Handle[] handles;
    private SplittableRandom random;

    /** Fills a heap. */
    @Setup(Level.Trial)
    public void fill() {
        allocator = Slab.allocator();
        heap = new HandleHeap(allocator);
        segments = new MemorySegment[blocks];
        handles = new Handle[blocks];
        random = new SplittableRandom(1);
        for (int i = 0; i < blocks; i++) {
            handles[i] = heap.allocate(SIZE);
            segments[i] = heap.read(handles[i], memory -> memory);
        }
    }

    /** Frees the blocks. */
    @TearDown(Level.Trial)
    public void close() {
        heap.close();
        allocator.close();
    }

    private int next() {
        return random.nextInt() & (blocks - 1);
    }

    /** A segment whose block does not move. */
    @Benchmark
    public long segment() {
        return segments[next()].get(ValueLayout.JAVA_LONG, 0);
    }

    /** A function that is called with the memory. */
    @Benchmark
    public long read() {
        return heap.<Long>read(handles[next()], memory -> memory.get(ValueLayout.JAVA_LONG, 0));
    }

    /** A pin that is closed at once. */
    @Benchmark
    public long pin() {
        try (Pin pin = heap.pin(handles[next()])) {
            return pin.memory().get(ValueLayout.JAVA_LONG, 0);
        }
    }
}
