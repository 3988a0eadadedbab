package dev.ashlar.benchmarks;

import io.netty.buffer.ByteBuf;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/**
 * One operation: allocate a block, write its first byte, free it. No other block is live, so an allocator hands out the
 * same block each time. This is the lowest cost of a pair, with all data in the processor's caches. {@link
 * WindowBenchmark} measures the cost with many live blocks.
 */
@State(Scope.Benchmark)
public class PairBenchmark extends AllocatorBenchmark {

    /** The size of the block in bytes. */
    @Param({"16", "64", "256", "1024", "4096", "16384"})
    public int size;

    /** A segment that does not escape this method, so the compiler need not make an object. */
    @Benchmark
    public void slabSegment(SharedSlab slab) {
        MemorySegment block = slab.allocator.allocate(size, ALIGNMENT);
        FirstByte.touch(block);
        slab.allocator.free(block);
    }

    /** A segment that becomes an object, as if a program stored it in a field. */
    @Benchmark
    public void slabEscaping(SharedSlab slab, Blackhole elsewhere) {
        MemorySegment block = slab.allocator.allocate(size, ALIGNMENT);
        FirstByte.touch(block);
        elsewhere.consume(block);
        slab.allocator.free(block);
    }

    /** An address without a segment: neither bounds nor lifetime of the write are checked. */
    @Benchmark
    public void slabAddress(SharedSlab slab) {
        long address = slab.addresses.allocateAddress(size, ALIGNMENT);
        FirstByte.touch(address);
        slab.addresses.freeAddress(address, size);
    }

    /** As {@link #slabSegment}, with a confined view, which compares the thread and does no lookup. */
    @Benchmark
    public void slabConfined(ConfinedSlab slab) {
        MemorySegment block = slab.view.allocate(size, ALIGNMENT);
        FirstByte.touch(block);
        slab.view.free(block);
    }

    /** As {@link #slabSegment}, with the adaptive allocator, which uses slab for these sizes. */
    @Benchmark
    public void adaptiveSegment(SharedAdaptive adaptive) {
        MemorySegment block = adaptive.allocator.allocate(size, ALIGNMENT);
        FirstByte.touch(block);
        adaptive.allocator.free(block);
    }

    /** As {@link #slabAddress}, with the adaptive allocator. */
    @Benchmark
    public void adaptiveAddress(SharedAdaptive adaptive) {
        long address = adaptive.addresses.allocateAddress(size, ALIGNMENT);
        FirstByte.touch(address);
        adaptive.addresses.freeAddress(address, size);
    }

    /** As {@link #slabAddress}, with the strategy lockfree. */
    @Benchmark
    public void lockFreeAddress(SharedLockFree shared) {
        long address = shared.addresses.allocateAddress(size, ALIGNMENT);
        FirstByte.touch(address);
        shared.addresses.freeAddress(address, size);
    }

    /** As {@link #slabAddress}, with two-level segregated fit. */
    @Benchmark
    public void tlsfAddress(SharedRegions.Tlsf tlsf) {
        long address = tlsf.addresses.allocateAddress(size, ALIGNMENT);
        FirstByte.touch(address);
        tlsf.addresses.freeAddress(address, size);
    }

    /** A direct buffer, on an ordinary thread. */
    @Benchmark
    public void nettyAdaptive(SharedNetty netty) {
        pair(netty);
    }

    /** A direct buffer, on one of Netty's own threads. */
    @Benchmark
    @Fork(jvmArgsPrepend = {CUSTOM_THREADS, EVENT_LOOP_THREADS})
    public void nettyEventLoop(SharedNetty netty) {
        pair(netty);
    }

    /**
     * A direct buffer of Netty without flags, which then does not use Unsafe on JDK 25 and samples for leaks.
     */
    @Benchmark
    @Fork(jvmArgsAppend = {SMALLEST_HEAP, LARGEST_HEAP, WHERE_KNOWN, HUGE_PAGES, TOUCHED_HEAP, NATIVE_ACCESS})
    public void nettyAsItComes(SharedNetty netty) {
        pair(netty);
    }

    private void pair(SharedNetty netty) {
        ByteBuf buffer = netty.allocator.directBuffer(size);
        buffer.setByte(0, FirstByte.VALUE);
        buffer.release();
    }

    /** The C library with plain downcalls, two for each pair. */
    @Benchmark
    public void mallocPlain(SharedLibrary.PlainMalloc malloc) {
        pair(malloc);
    }

    /** The C library with critical downcalls. */
    @Benchmark
    public void mallocCritical(SharedLibrary.CriticalMalloc malloc) {
        pair(malloc);
    }

    /** jemalloc with critical downcalls. */
    @Benchmark
    public void jemallocCritical(SharedLibrary.Jemalloc jemalloc) {
        pair(jemalloc);
    }

    /** mimalloc with critical downcalls. */
    @Benchmark
    public void mimallocCritical(SharedLibrary.Mimalloc mimalloc) {
        pair(mimalloc);
    }

    private void pair(SharedLibrary library) {
        long address = library.addresses.allocateAddress(size, ALIGNMENT);
        FirstByte.touch(address);
        library.addresses.freeAddress(address, size);
    }

    /** The JDK's way for single blocks. It zeroes them. */
    @Benchmark
    public void arenaConfined() {
        try (Arena arena = Arena.ofConfined()) {
            FirstByte.touch(arena.allocate(size, ALIGNMENT));
        }
    }
}
