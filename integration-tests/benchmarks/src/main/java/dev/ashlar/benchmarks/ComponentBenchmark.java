package dev.ashlar.benchmarks;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One operation: the sum of a field over all things in a component store or in a {@code HashMap<Integer, Record>}, by a
 * scan or by a lookup of each in random order. {@link ComponentReport} prints the time for one thing, and the memory.
 */
@State(Scope.Thread) // a component store is for one thread, which makes it
@SuppressWarnings("NullAway.Init") // JMH calls fill first
public class ComponentBenchmark extends AllocatorBenchmark {

    /** The number of things. */
    @Param({"10000", "1000000"})
    public int entities;

    /** Whether they were added in ascending or in random order of their numbers. */
    @Param({"true", "false"})
    public boolean inOrder;

    private Components components;

    /** Fills the store and the map. */
    @Setup
    public void fill() {
        components = new Components(entities, inOrder).fill();
    }

    /** Frees the memory. */
    @TearDown
    public void close() {
        components.close();
    }

    /** A scan by offsets into the memory of all structs. */
    @Benchmark
    public double scanStore() {
        return components.scanStore();
    }

    /** A scan with a slice for each struct. */
    @Benchmark
    public double scanStoreBySlices() {
        return components.scanStoreBySlices();
    }

    /** A scan of the values of the map. */
    @Benchmark
    public double scanMap() {
        return components.scanMap();
    }

    /** Each by its number. */
    @Benchmark
    public double findInStore() {
        return components.findInStore();
    }

    /** Each by its number. */
    @Benchmark
    public double findInMap() {
        return components.findInMap();
    }
}
