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

/** One operation: allocate a block of 64 bytes by the adaptive allocator with a hint, write its first byte, free it. */
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

    private static void pair(Allocator allocator, AllocationHints hints) {
        MemorySegment block = allocator.allocate(SIZE, ALIGNMENT, hints);
        FirstByte.touch(block);
        allocator.free(block);
    }

    /** Empty hints. */
    @Benchmark
    public void none(SharedAdaptive adaptive) {
        pair(adaptive.allocator, AllocationHints.NONE);
    }

    /** A short-lived block from the strategy of the tier. */
    @Benchmark
    public void shortLived(SharedAdaptive adaptive) {
        pair(adaptive.allocator, SHORT);
    }

    /** A short-lived block from an arena. */
    @Benchmark
    public void shortLivedFromArena(WithArena adaptive) {
        pair(adaptive.allocator, SHORT);
    }

    /** A block with a tag. */
    @Benchmark
    public void tagged(SharedAdaptive adaptive) {
        pair(adaptive.allocator, TAGGED);
    }
}
