package dev.ashlar.benchmarks;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Resettable;
import dev.ashlar.api.Resettable.Mark;
import dev.ashlar.arena.BumpArena;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One operation: allocate a block from an arena and write its first byte. After each {@link #FRAME} blocks the arena is
 * rewound, so it never holds more than a frame. The rewind is included in the time. Each thread has its own arena,
 * except in {@code shared}.
 */
@State(Scope.Thread)
@SuppressWarnings("NullAway.Init") // JMH calls open first
public class ArenaBenchmark extends AllocatorBenchmark {

    /** Blocks between two rewinds: 64 KiB of blocks of 64 bytes. */
    static final int FRAME = 1000;

    /** The size of a block in bytes. */
    @Param("64")
    public int size;

    private Allocator confined;
    private AddressAllocator addresses;
    private Resettable reset;
    private Mark begin;

    /** The arena that all threads share. */
    @State(Scope.Benchmark)
    public static class Shared {
        final Allocator arena = BumpArena.allocator();
    }

    /** Makes the arena on the thread that uses it. */
    @Setup
    public void open() {
        confined = BumpArena.builder().threads(BumpArena.Threads.CONFINED).build();
        addresses = confined.as(AddressAllocator.class).orElseThrow();
        reset = confined.as(Resettable.class).orElseThrow();
        begin = reset.mark();
    }

    /** Closes the arena. */
    @TearDown
    public void close() {
        confined.close();
    }

    /** A segment that does not escape this method, so the compiler need not make an object. */
    @Benchmark
    @OperationsPerInvocation(FRAME)
    public void bumpSegment() {
        Allocator arena = confined;
        long byteSize = size;
        for (int i = 0; i < FRAME; i++) {
            FirstByte.touch(arena.allocate(byteSize, ALIGNMENT));
        }
        reset.rewind(begin);
    }

    /** An address without a segment. */
    @Benchmark
    @OperationsPerInvocation(FRAME)
    public void bumpAddress() {
        AddressAllocator arena = addresses;
        long byteSize = size;
        for (int i = 0; i < FRAME; i++) {
            FirstByte.touch(arena.allocateAddress(byteSize, ALIGNMENT));
        }
        reset.rewind(begin);
    }

    /**
     * An arena for all threads. Blocks are freed one by one, in reverse order, because one thread must not rewind while
     * others allocate. So this is the time of a pair.
     */
    @Benchmark
    public void pairShared(Shared shared) {
        var block = shared.arena.allocate(size, ALIGNMENT);
        FirstByte.touch(block);
        shared.arena.free(block);
    }

    /** The same pair in an arena of one thread. */
    @Benchmark
    public void pairConfined() {
        var block = confined.allocate(size, ALIGNMENT);
        FirstByte.touch(block);
        confined.free(block);
    }
}
