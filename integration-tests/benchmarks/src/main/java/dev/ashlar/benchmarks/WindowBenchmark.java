package dev.ashlar.benchmarks;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.ThreadParams;

/**
 * One operation: free a random one of 8,192 live blocks, allocate a block of random size, and write its first byte.
 * Sizes are 16 bytes to 16 KiB, uniform over the logarithm, 19 MB in total. Each thread has its own window; the
 * allocator is shared. Most operations use bookkeeping and blocks that are not in the processor's caches, as in a real
 * program. Segments, buffers and arenas are stored in an array, so all of them become objects.
 */
public class WindowBenchmark extends AllocatorBenchmark {

    /** Segments of the slab allocator. */
    @Benchmark
    public void slabSegment(SlabSegments state) {
        state.window.replaceNext();
    }

    /** Addresses of the slab allocator. */
    @Benchmark
    public void slabAddress(SlabAddresses state) {
        state.window.replaceNext();
    }

    /** Addresses of the slab allocator, tracked with every default. */
    @Benchmark
    public void slabAddressTracked(TrackedSlabAddresses state) {
        state.window.replaceNext();
    }

    /** Segments of each thread's view of the slab allocator. */
    @Benchmark
    public void slabConfined(ConfinedSegments state) {
        state.window.replaceNext();
    }

    /** Segments of the adaptive allocator. */
    @Benchmark
    public void adaptiveSegment(AdaptiveSegments state) {
        state.window.replaceNext();
    }

    /** Addresses of the adaptive allocator. */
    @Benchmark
    public void adaptiveAddress(AdaptiveAddresses state) {
        state.window.replaceNext();
    }

    /** No allocator: the cost of the window itself with segments, to be subtracted from the others. */
    @Benchmark
    public void voidSegment(VoidSegments state) {
        state.window.replaceNext();
    }

    /** No allocator: the cost of the window itself with addresses, to be subtracted from the others. */
    @Benchmark
    public void voidAddress(VoidAddresses state) {
        state.window.replaceNext();
    }

    /** Netty's direct buffers, on ordinary threads. */
    @Benchmark
    public void nettyAdaptive(NettyBuffers state) {
        state.window.replaceNext();
    }

    /** Netty's direct buffers, on Netty's own threads. */
    @Benchmark
    @Fork(jvmArgsPrepend = {CUSTOM_THREADS, EVENT_LOOP_THREADS})
    public void nettyEventLoop(NettyBuffers state) {
        state.window.replaceNext();
    }

    /**
     * A direct buffer of Netty without flags, which then does not use Unsafe on JDK 25 and samples for leaks.
     */
    @Benchmark
    @Fork(jvmArgsAppend = {SMALLEST_HEAP, LARGEST_HEAP, WHERE_KNOWN, HUGE_PAGES, TOUCHED_HEAP, NATIVE_ACCESS})
    public void nettyAsItComes(NettyBuffers state) {
        state.window.replaceNext();
    }

    /** The C library with plain downcalls. */
    @Benchmark
    public void mallocPlain(PlainMalloc state) {
        state.window.replaceNext();
    }

    /** The C library with critical downcalls. */
    @Benchmark
    public void mallocCritical(CriticalMalloc state) {
        state.window.replaceNext();
    }

    /** jemalloc with critical downcalls. */
    @Benchmark
    public void jemallocCritical(CriticalJemalloc state) {
        state.window.replaceNext();
    }

    /** mimalloc with critical downcalls. */
    @Benchmark
    public void mimallocCritical(CriticalMimalloc state) {
        state.window.replaceNext();
    }

    /** An arena of the JDK for each block. It zeroes them. */
    @Benchmark
    public void arenaConfined(ConfinedArenas state) {
        state.window.replaceNext();
    }

    /** The window of a thread, which that thread fills. */
    @State(Scope.Thread)
    @SuppressWarnings("NullAway.Init") // JMH calls the setup of a subclass first
    public abstract static class WindowState {

        Window window;
    }

    /** For {@link #slabSegment}. */
    public static class SlabSegments extends WindowState {

        /** Fills the window. */
        @Setup
        public void fill(SharedSlab slab, ThreadParams thread) {
            window = new Window.OfSegments(slab.allocator, thread.getThreadIndex()).fill();
        }
    }

    /** For {@link #slabAddress}. */
    public static class SlabAddresses extends WindowState {

        /** Fills the window. */
        @Setup
        public void fill(SharedSlab slab, ThreadParams thread) {
            window = new Window.OfAddresses(slab.addresses, thread.getThreadIndex()).fill();
        }
    }

    /** For {@link #slabAddressTracked}. */
    public static class TrackedSlabAddresses extends WindowState {

        /** Fills the window. */
        @Setup
        public void fill(TrackedSlab slab, ThreadParams thread) {
            window = new Window.OfAddresses(slab.addresses, thread.getThreadIndex()).fill();
        }
    }

    /** For {@link #adaptiveSegment}. */
    public static class AdaptiveSegments extends WindowState {

        /** Fills the window. */
        @Setup
        public void fill(SharedAdaptive adaptive, ThreadParams thread) {
            window = new Window.OfSegments(adaptive.allocator, thread.getThreadIndex()).fill();
        }
    }

    /** For {@link #adaptiveAddress}. */
    public static class AdaptiveAddresses extends WindowState {

        /** Fills the window. */
        @Setup
        public void fill(SharedAdaptive adaptive, ThreadParams thread) {
            window = new Window.OfAddresses(adaptive.addresses, thread.getThreadIndex()).fill();
        }
    }

    /** For {@link #slabConfined}. */
    public static class ConfinedSegments extends WindowState {

        /** Fills the window. */
        @Setup
        public void fill(ConfinedSlab slab, ThreadParams thread) {
            window = new Window.OfSegments(slab.view, thread.getThreadIndex()).fill();
        }
    }

    /** For {@link #voidSegment}. */
    public static class VoidSegments extends WindowState {

        /** Fills the window. */
        @Setup
        public void fill(ThreadParams thread) {
            window = new Window.OfSlices(thread.getThreadIndex()).fill();
        }
    }

    /** For {@link #voidAddress}. */
    public static class VoidAddresses extends WindowState {

        /** Fills the window. */
        @Setup
        public void fill(ThreadParams thread) {
            window = new Window.OfOffsets(thread.getThreadIndex()).fill();
        }
    }

    /** For {@link #nettyAdaptive} and {@link #nettyEventLoop}. */
    public static class NettyBuffers extends WindowState {

        /** Fills the window. */
        @Setup
        public void fill(SharedNetty netty, ThreadParams thread) {
            window = new Window.OfBuffers(netty.allocator, thread.getThreadIndex()).fill();
        }
    }

    /** For {@link #mallocPlain}. */
    public static class PlainMalloc extends WindowState {

        /** Fills the window. */
        @Setup
        public void fill(SharedLibrary.PlainMalloc malloc, ThreadParams thread) {
            window = new Window.OfAddresses(malloc.addresses, thread.getThreadIndex()).fill();
        }
    }

    /** For {@link #mallocCritical}. */
    public static class CriticalMalloc extends WindowState {

        /** Fills the window. */
        @Setup
        public void fill(SharedLibrary.CriticalMalloc malloc, ThreadParams thread) {
            window = new Window.OfAddresses(malloc.addresses, thread.getThreadIndex()).fill();
        }
    }

    /** For {@link #jemallocCritical}. */
    public static class CriticalJemalloc extends WindowState {

        /** Fills the window. */
        @Setup
        public void fill(SharedLibrary.Jemalloc jemalloc, ThreadParams thread) {
            window = new Window.OfAddresses(jemalloc.addresses, thread.getThreadIndex()).fill();
        }
    }

    /** For {@link #mimallocCritical}. */
    public static class CriticalMimalloc extends WindowState {

        /** Fills the window. */
        @Setup
        public void fill(SharedLibrary.Mimalloc mimalloc, ThreadParams thread) {
            window = new Window.OfAddresses(mimalloc.addresses, thread.getThreadIndex()).fill();
        }
    }

    /** For {@link #arenaConfined}. */
    public static class ConfinedArenas extends WindowState {

        /** Fills the window. */
        @Setup
        public void fill(ThreadParams thread) {
            window = new Window.OfArenas(thread.getThreadIndex()).fill();
        }
    }
}
