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
 * One operation: allocate a block, write its first byte, free it. Nothing else is live, so that an allocator hands out
 * the same block each time: this is the least that a pair can cost, with everything in the processor's caches. What a
 * program with many live blocks pays is in {@link WindowBenchmark}.
 */
@State(Scope.Benchmark)
public class PairBenchmark extends AllocatorBenchmark {

    /** Bytes of the block. */
    @Param({"64", "1024", "16384"})
    public int size;

    /** A segment that the compiler need not make, because nobody but this method sees it. */
    @Benchmark
    public void slabSegment(SharedSlab slab) {
        MemorySegment block = slab.allocator.allocate(size, ALIGNMENT);
        FirstByte.touch(block);
        slab.allocator.free(block);
    }

    /** A segment that becomes an object, as it does when a program keeps it in a field. */
    @Benchmark
    public void slabEscaping(SharedSlab slab, Blackhole elsewhere) {
        MemorySegment block = slab.allocator.allocate(size, ALIGNMENT);
        FirstByte.touch(block);
        elsewhere.consume(block);
        slab.allocator.free(block);
    }

    /** No segment, just an address: neither bounds nor lifetime of the write are checked. */
    @Benchmark
    public void slabAddress(SharedSlab slab) {
        long address = slab.addresses.allocateAddress(size, ALIGNMENT);
        FirstByte.touch(address);
        slab.addresses.freeAddress(address, size);
    }

    /** As {@link #slabSegment}, by a view that compares the thread instead of looking up what belongs to it. */
    @Benchmark
    public void slabConfined(ConfinedSlab slab) {
        MemorySegment block = slab.view.allocate(size, ALIGNMENT);
        FirstByte.touch(block);
        slab.view.free(block);
    }

    /** As {@link #slabSegment}, by the adaptive allocator, which has a slab allocator behind it for these sizes. */
    @Benchmark
    public void adaptiveSegment(SharedAdaptive adaptive) {
        MemorySegment block = adaptive.allocator.allocate(size, ALIGNMENT);
        FirstByte.touch(block);
        adaptive.allocator.free(block);
    }

    /** As {@link #slabAddress}, by the adaptive allocator. */
    @Benchmark
    public void adaptiveAddress(SharedAdaptive adaptive) {
        long address = adaptive.addresses.allocateAddress(size, ALIGNMENT);
        FirstByte.touch(address);
        adaptive.addresses.freeAddress(address, size);
    }

    /** A direct buffer, on a thread like everybody's. */
    @Benchmark
    public void nettyAdaptive(SharedNetty netty) {
        pair(netty);
    }

    /** A direct buffer, on a thread that Netty knows as its own. */
    @Benchmark
    @Fork(jvmArgsPrepend = {CUSTOM_THREADS, EVENT_LOOP_THREADS})
    public void nettyEventLoop(SharedNetty netty) {
        pair(netty);
    }

    /**
     * A direct buffer of a Netty that was given no flags, which does without Unsafe on JDK 25 and samples for leaks.
     */
    @Benchmark
    @Fork(jvmArgsAppend = {SMALLEST_HEAP, LARGEST_HEAP, NATIVE_ACCESS})
    public void nettyAsItComes(SharedNetty netty) {
        pair(netty);
    }

    private void pair(SharedNetty netty) {
        ByteBuf buffer = netty.allocator.directBuffer(size);
        buffer.setByte(0, FirstByte.VALUE);
        buffer.release();
    }

    /** The C library by plain downcalls, two for each pair. */
    @Benchmark
    public void mallocPlain() {
        pair(Malloc.PLAIN);
    }

    /** The C library by critical downcalls. */
    @Benchmark
    public void mallocCritical() {
        pair(Malloc.CRITICAL);
    }

    private void pair(Malloc malloc) {
        long address = malloc.allocateAddress(size, ALIGNMENT);
        FirstByte.touch(address);
        malloc.freeAddress(address, size);
    }

    /** What the JDK has for single blocks. It zeroes them. */
    @Benchmark
    public void arenaConfined() {
        try (Arena arena = Arena.ofConfined()) {
            FirstByte.touch(arena.allocate(size, ALIGNMENT));
        }
    }
}
