package dev.ashlar.benchmarks;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * {@link PairBenchmark} with large blocks. Of {@code buddy} and {@code tlsf} one small block is live.
 */
@State(Scope.Benchmark)
public class LargePairBenchmark extends AllocatorBenchmark {

    /** The size of the block in bytes, from that of a page cache to that of a large buffer. */
    @Param({"65536", "262144", "1048576"})
    public int size;

    /** Segments of the binary buddy. */
    @Benchmark
    public void buddySegment(SharedRegions.Buddy buddy) {
        pair(buddy.allocator, size);
    }

    /** Addresses of the binary buddy. */
    @Benchmark
    public void buddyAddress(SharedRegions.Buddy buddy) {
        pair(buddy.addresses, size);
    }

    /** Segments of two-level segregated fit. */
    @Benchmark
    public void tlsfSegment(SharedRegions.Tlsf tlsf) {
        pair(tlsf.allocator, size);
    }

    /** Addresses of two-level segregated fit. */
    @Benchmark
    public void tlsfAddress(SharedRegions.Tlsf tlsf) {
        pair(tlsf.addresses, size);
    }

    /** Addresses of the slab allocator. Blocks above 64 KiB are chunks of their own. */
    @Benchmark
    public void slabAddress(SharedSlab slab) {
        pair(slab.addresses, size);
    }

    /** Addresses of the strategy lockfree. Blocks above 64 KiB are chunks of their own. */
    @Benchmark
    public void lockFreeAddress(SharedLockFree shared) {
        pair(shared.addresses, size);
    }

    /** Addresses of the adaptive allocator. */
    @Benchmark
    public void adaptiveAddress(SharedAdaptive adaptive) {
        pair(adaptive.addresses, size);
    }

    /** Netty's direct buffers. */
    @Benchmark
    public void nettyAdaptive(SharedNetty netty) {
        ByteBuf buffer = netty.allocator.directBuffer(size);
        buffer.setByte(0, FirstByte.VALUE);
        buffer.release();
    }

    /** The C library by plain downcalls. */
    @Benchmark
    public void mallocPlain(SharedLibrary.PlainMalloc malloc) {
        pair(malloc.addresses, size);
    }

    private static void pair(Allocator allocator, int size) {
        MemorySegment block = allocator.allocate(size, ALIGNMENT);
        FirstByte.touch(block);
        allocator.free(block);
    }

    private static void pair(AddressAllocator allocator, int size) {
        long address = allocator.allocateAddress(size, ALIGNMENT);
        FirstByte.touch(address);
        allocator.freeAddress(address, size);
    }
}
