package dev.ashlar.benchmarks;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.api.compose.Hardening;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.ThreadParams;

/** The operation of {@link WindowBenchmark}, with the slab allocator hardened at each level. */
public class HardenedWindowBenchmark extends AllocatorBenchmark {

    /** Segments of the hardened slab allocator. */
    @Benchmark
    public void hardenedSegment(HardenedSegments state) {
        state.window.replaceNext();
    }

    /** A hardened slab allocator for all threads. */
    @State(Scope.Benchmark)
    @SuppressWarnings("NullAway.Init") // JMH calls the setup first
    public static class SharedHardened {

        /** The level, or {@code off} for the slab allocator alone. */
        @Param({"off", "sizes", "canaries", "full"})
        public String level;

        Allocator allocator;

        /** Decorates it. */
        @Setup
        public void decorate(SharedSlab slab) {
            allocator = level.equals("off")
                    ? slab.allocator
                    : Allocators.hardening(slab.allocator, Hardening.Level.of(level));
        }
    }

    /** The window of a thread. */
    public static class HardenedSegments extends WindowBenchmark.WindowState {

        /** Fills the window. */
        @Setup
        public void fill(SharedHardened hardened, ThreadParams thread) {
            window = new Window.OfSegments(hardened.allocator, thread.getThreadIndex()).fill();
        }
    }
}
