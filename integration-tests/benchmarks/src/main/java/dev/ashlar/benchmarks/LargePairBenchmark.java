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
 * {@link PairBenchmark} with the block sizes of {@code buddy} and {@code tlsf}. One small block is live.
 */
@State(Scope.Benchmark)
public class LargePairBenchmark extends AllocatorBenchmark {

    /** The size of the block in bytes: that of a page cache, and that of a large buffer. */
    @Param({"65536", "1048576"})
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
