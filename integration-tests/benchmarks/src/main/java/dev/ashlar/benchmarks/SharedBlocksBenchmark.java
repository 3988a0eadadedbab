package dev.ashlar.benchmarks;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * One operation: allocate a block of 64 bytes, write its first byte, free it, on the number of threads of the command
 * line ({@code -t}), all from one allocator. No two threads need the same data, so this shows whether an allocator
 * makes them share some.
 */
@State(Scope.Benchmark)
public class SharedBlocksBenchmark extends AllocatorBenchmark {

    /** The strategy lockfree. */
    @Benchmark
    public void lockFree(SharedLockFree shared) {
        long address = shared.addresses.allocateAddress(FreeList.BLOCK_SIZE, ALIGNMENT);
        FirstByte.touch(address);
        shared.addresses.freeAddress(address, FreeList.BLOCK_SIZE);
    }

    /** The strategy slab. */
    @Benchmark
    public void slab(SharedSlab shared) {
        long address = shared.addresses.allocateAddress(FreeList.BLOCK_SIZE, ALIGNMENT);
        FirstByte.touch(address);
        shared.addresses.freeAddress(address, FreeList.BLOCK_SIZE);
    }

    /** One free list with a lock. */
    @Benchmark
    public void mutex(FreeList.Mutex shared) {
        pair(shared);
    }

    /** One free list with a compare-and-set for each change. */
    @Benchmark
    public void treiber(FreeList.Treiber shared) {
        pair(shared);
    }

    private static void pair(FreeList shared) {
        long address = shared.take();
        FirstByte.touch(address);
        shared.give(address);
    }
}
