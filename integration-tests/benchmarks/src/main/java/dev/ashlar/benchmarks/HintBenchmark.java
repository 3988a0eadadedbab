package dev.ashlar.benchmarks;

import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.AllocationHints.Lifetime;
import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/**
 * One operation: allocate a block of 64 bytes by the adaptive allocator with a hint, write its first byte, free it. The
 * segment is an object in all rows: with a hint more methods take part, and the compiler would remove it in some rows
 * only.
 */
public class HintBenchmark extends AllocatorBenchmark {

    private static final long SIZE = 64;
    private static final AllocationHints SHORT = AllocationHints.NONE.withLifetime(Lifetime.SHORT);
    private static final AllocationHints TAGGED = AllocationHints.NONE.withTag("index");

    /** An adaptive allocator that takes short-lived blocks from an arena. It ends with the fork. */
    @State(Scope.Benchmark)
    public static class WithArena {

        final Allocator allocator = AllocatorProviders.require("adaptive")
                .create(AllocatorConfig.from(Map.of("ashlar.adaptive.shortLived", "arena")));
    }

    private static void use(MemorySegment block, Allocator allocator, Blackhole hole) {
        FirstByte.touch(block);
        hole.consume(block);
        allocator.free(block);
    }

    private static void pair(Allocator allocator, AllocationHints hints, Blackhole hole) {
        use(allocator.allocate(SIZE, ALIGNMENT, hints), allocator, hole);
    }

    /** A request without hints. */
    @Benchmark
    public void plain(SharedAdaptive adaptive, Blackhole hole) {
        use(adaptive.allocator.allocate(SIZE, ALIGNMENT), adaptive.allocator, hole);
    }

    /** Empty hints. */
    @Benchmark
    public void none(SharedAdaptive adaptive, Blackhole hole) {
        pair(adaptive.allocator, AllocationHints.NONE, hole);
    }

    /** A short-lived block from the strategy of the tier. */
    @Benchmark
    public void shortLived(SharedAdaptive adaptive, Blackhole hole) {
        pair(adaptive.allocator, SHORT, hole);
    }

    /** A short-lived block from an arena. */
    @Benchmark
    public void shortLivedFromArena(WithArena adaptive, Blackhole hole) {
        pair(adaptive.allocator, SHORT, hole);
    }

    /** A block with a tag. */
    @Benchmark
    public void tagged(SharedAdaptive adaptive, Blackhole hole) {
        pair(adaptive.allocator, TAGGED, hole);
    }
}
