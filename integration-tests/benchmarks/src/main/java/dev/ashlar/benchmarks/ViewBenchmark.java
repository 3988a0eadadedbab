package dev.ashlar.benchmarks;

import dev.ashlar.api.compose.Allocators;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/**
 * One operation: open an arena, allocate {@code blocks} blocks of 64 bytes and write the first byte of each, close it.
 * Methods named view use arenas over the slab allocator. All except {@link #viewWithoutZeroing} zero the blocks.
 */
@State(Scope.Benchmark)
public class ViewBenchmark extends AllocatorBenchmark {

    private static final long BLOCK = 64;

    /** The number of blocks of one arena. */
    @Param({"1", "10", "100"})
    public int blocks;

    /** A view for one thread. */
    @Benchmark
    public void view(SharedSlab slab) {
        try (Arena view = Allocators.arena(slab.allocator)) {
            for (int i = 0; i < blocks; i++) {
                FirstByte.touch(view.allocate(BLOCK, ALIGNMENT));
            }
        }
    }

    /** The same without zeroing. */
    @Benchmark
    public void viewWithoutZeroing(SharedSlab slab) {
        try (Arena view = Allocators.arenaWithoutZeroing(slab.allocator)) {
            for (int i = 0; i < blocks; i++) {
                FirstByte.touch(view.allocate(BLOCK, ALIGNMENT));
            }
        }
    }

    /** As {@link #view}, with segments that become objects, as if a program stored them in fields. */
    @Benchmark
    public void viewEscaping(SharedSlab slab, Blackhole elsewhere) {
        try (Arena view = Allocators.arena(slab.allocator)) {
            fill(view, elsewhere);
        }
    }

    /** The JDK's arena for one thread. */
    @Benchmark
    public void arenaConfined() {
        try (Arena arena = Arena.ofConfined()) {
            for (int i = 0; i < blocks; i++) {
                FirstByte.touch(arena.allocate(BLOCK, ALIGNMENT));
            }
        }
    }

    /** The same with segments that become objects. */
    @Benchmark
    public void arenaConfinedEscaping(Blackhole elsewhere) {
        try (Arena arena = Arena.ofConfined()) {
            fill(arena, elsewhere);
        }
    }

    /** A view for all threads. */
    @Benchmark
    public void viewShared(SharedSlab slab, Blackhole elsewhere) {
        try (Arena view = Allocators.sharedArena(slab.allocator)) {
            fill(view, elsewhere);
        }
    }

    /** The JDK's arena for all threads. */
    @Benchmark
    public void arenaShared(Blackhole elsewhere) {
        try (Arena arena = Arena.ofShared()) {
            fill(arena, elsewhere);
        }
    }

    private void fill(Arena arena, Blackhole elsewhere) {
        for (int i = 0; i < blocks; i++) {
            MemorySegment block = arena.allocate(BLOCK, ALIGNMENT);
            FirstByte.touch(block);
            elsewhere.consume(block);
        }
    }
}
