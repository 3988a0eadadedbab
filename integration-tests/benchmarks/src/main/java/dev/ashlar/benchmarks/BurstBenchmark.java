package dev.ashlar.benchmarks;

import dev.ashlar.api.AddressAllocator;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * A burst: allocate 64 blocks of 32 KiB to 1 MiB, write the first byte of each of their pages, free all. One operation
 * is one block of it. Nothing else is live, so an allocator may retain the memory or return it between two bursts.
 */
@State(Scope.Thread)
public class BurstBenchmark extends AllocatorBenchmark {

    private static final int BLOCKS = 64;
    private static final int SMALLEST = 32 * 1024;
    private static final int DOUBLINGS = 5;
    private static final int PAGE = 4096;

    private final int[] byteSizes = new int[BLOCKS];
    private final long[] blocks = new long[BLOCKS];

    /** Draws the sizes, uniform over the logarithm, the same for every allocator. */
    public BurstBenchmark() {
        SplittableRandom random = new SplittableRandom(42);
        for (int block = 0; block < BLOCKS; block++) {
            byteSizes[block] = (int) (SMALLEST * Math.pow(2, DOUBLINGS * random.nextDouble()));
        }
    }

    /** A burst. */
    @Benchmark
    @OperationsPerInvocation(BLOCKS)
    public void burst(SharedInstalled shared) {
        AddressAllocator addresses = shared.addresses;
        for (int block = 0; block < BLOCKS; block++) {
            long address = addresses.allocateAddress(byteSizes[block], ALIGNMENT);
            for (int offset = 0; offset < byteSizes[block]; offset += PAGE) {
                FirstByte.touch(address + offset);
            }
            blocks[block] = address;
        }
        for (int block = 0; block < BLOCKS; block++) {
            addresses.freeAddress(blocks[block], byteSizes[block]);
        }
    }
}
