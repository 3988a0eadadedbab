package dev.ashlar.benchmarks;

import dev.ashlar.api.AddressAllocator;
import java.lang.foreign.Arena;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One operation: free a random one of many live blocks of one size, allocate another, write its first byte. It shows
 * whether the time of an allocator follows the number of live blocks. A part of the difference is that of the memory
 * itself, because many blocks do not fit into the processor's caches: {@code voidAddress} only writes to a random
 * block.
 */
public class FlatnessBenchmark extends AllocatorBenchmark {

    /** An allocator. */
    @Benchmark
    public void replace(Allocated blocks) {
        int victim = blocks.next();
        blocks.allocator.freeAddress(blocks.addresses[victim], blocks.size);
        long address = blocks.allocator.allocateAddress(blocks.size, ALIGNMENT);
        FirstByte.touch(address);
        blocks.addresses[victim] = address;
    }

    /** No allocator. */
    @Benchmark
    public void voidAddress(Adjacent blocks) {
        int victim = blocks.next();
        long address = blocks.addresses[victim];
        FirstByte.touch(address);
        blocks.addresses[victim] = address;
    }

    /** The addresses of the live blocks. */
    @State(Scope.Thread)
    @SuppressWarnings("NullAway.Init") // JMH calls the setup of a subclass first
    public abstract static class Blocks {

        /** The size of each block in bytes. */
        @Param("64")
        public int size;

        /** The number of live blocks. Each takes 8 bytes on the heap too. */
        @Param({"1000", "100000", "10000000"})
        public int live;

        long[] addresses;
        private long random;

        /** The next block to replace: the high bits of a linear congruential generator. */
        final int next() {
            random = random * 6364136223846793005L + 1442695040888963407L; // Knuth's MMIX
            return (int) (((random >>> 33) * live) >>> 31);
        }
    }

    /** Blocks of an allocator. */
    @SuppressWarnings("NullAway.Init") // JMH calls fill first
    public static class Allocated extends Blocks {

        AddressAllocator allocator;

        /** Makes all blocks live. */
        @Setup
        public void fill(SharedInstalled shared) {
            allocator = shared.addresses;
            addresses = new long[live];
            for (int block = 0; block < live; block++) {
                addresses[block] = allocator.allocateAddress(size, ALIGNMENT);
                FirstByte.touch(addresses[block]);
            }
        }
    }

    /** Blocks one behind another. */
    public static class Adjacent extends Blocks {

        /** Takes memory for all blocks, and writes it. */
        @Setup
        public void fill() {
            long start = Arena.global().allocate((long) live * size, size).address();
            addresses = new long[live];
            for (int block = 0; block < live; block++) {
                addresses[block] = start + (long) block * size;
            }
        }
    }
}
