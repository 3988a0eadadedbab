package dev.ashlar.benchmarks;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * One operation: allocate a block of 64 bytes, write its first byte, free it, on as many threads as the command line
 * says ({@code -t}), all from one allocator. What one thread does need not touch what another does, and the question is
 * whether it does.
 */
@State(Scope.Benchmark)
public class SharedBlocksBenchmark extends AllocatorBenchmark {

    /** Magazines. */
    @Benchmark
    public void lockFree(SharedLockFree shared) {
        long address = shared.addresses.allocateAddress(FreeList.BLOCK_SIZE, ALIGNMENT);
        FirstByte.touch(address);
        shared.addresses.freeAddress(address, FreeList.BLOCK_SIZE);
    }

    /** Slabs with an owner. */
    @Benchmark
    public void slab(SharedSlab shared) {
        long address = shared.addresses.allocateAddress(FreeList.BLOCK_SIZE, ALIGNMENT);
        FirstByte.touch(address);
        shared.addresses.freeAddress(address, FreeList.BLOCK_SIZE);
    }

    /** One free list behind a lock. */
    @Benchmark
    public void mutex(FreeList.Mutex shared) {
        pair(shared);
    }

    /** One free list with a CAS for each change. */
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
