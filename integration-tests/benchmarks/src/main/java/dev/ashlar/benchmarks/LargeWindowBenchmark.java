package dev.ashlar.benchmarks;

import dev.ashlar.benchmarks.Window.Load;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.infra.ThreadParams;

/** {@link WindowBenchmark} with 128 live blocks of 64 KiB to 1 MiB, 43 MB in total, for each thread. */
public class LargeWindowBenchmark extends AllocatorBenchmark {

    /** Segments of the binary buddy. */
    @Benchmark
    public void buddySegment(BuddySegments state) {
        state.window.replaceNext();
    }

    /** Addresses of the binary buddy. */
    @Benchmark
    public void buddyAddress(BuddyAddresses state) {
        state.window.replaceNext();
    }

    /** Segments of two-level segregated fit. */
    @Benchmark
    public void tlsfSegment(TlsfSegments state) {
        state.window.replaceNext();
    }

    /** Addresses of two-level segregated fit. */
    @Benchmark
    public void tlsfAddress(TlsfAddresses state) {
        state.window.replaceNext();
    }

    /** Netty's direct buffers. */
    @Benchmark
    public void nettyAdaptive(NettyBuffers state) {
        state.window.replaceNext();
    }

    /** The C library with plain downcalls. */
    @Benchmark
    public void mallocPlain(PlainMalloc state) {
        state.window.replaceNext();
    }

    /** For {@link #buddySegment}. */
    public static class BuddySegments extends WindowBenchmark.WindowState {

        /** Fills the window. */
        @Setup
        public void fill(SharedRegions.Buddy buddy, ThreadParams thread) {
            window = new Window.OfSegments(buddy.allocator, Load.LARGE, thread.getThreadIndex()).fill();
        }
    }

    /** For {@link #buddyAddress}. */
    public static class BuddyAddresses extends WindowBenchmark.WindowState {

        /** Fills the window. */
        @Setup
        public void fill(SharedRegions.Buddy buddy, ThreadParams thread) {
            window = new Window.OfAddresses(buddy.addresses, Load.LARGE, thread.getThreadIndex()).fill();
        }
    }

    /** For {@link #tlsfSegment}. */
    public static class TlsfSegments extends WindowBenchmark.WindowState {

        /** Fills the window. */
        @Setup
        public void fill(SharedRegions.Tlsf tlsf, ThreadParams thread) {
            window = new Window.OfSegments(tlsf.allocator, Load.LARGE, thread.getThreadIndex()).fill();
        }
    }

    /** For {@link #tlsfAddress}. */
    public static class TlsfAddresses extends WindowBenchmark.WindowState {

        /** Fills the window. */
        @Setup
        public void fill(SharedRegions.Tlsf tlsf, ThreadParams thread) {
            window = new Window.OfAddresses(tlsf.addresses, Load.LARGE, thread.getThreadIndex()).fill();
        }
    }

    /** For {@link #nettyAdaptive}. */
    public static class NettyBuffers extends WindowBenchmark.WindowState {

        /** Fills the window. */
        @Setup
        public void fill(SharedNetty netty, ThreadParams thread) {
            window = new Window.OfBuffers(netty.allocator, Load.LARGE, thread.getThreadIndex()).fill();
        }
    }

    /** For {@link #mallocPlain}. */
    public static class PlainMalloc extends WindowBenchmark.WindowState {

        /** Fills the window. */
        @Setup
        public void fill(SharedLibrary.PlainMalloc malloc, ThreadParams thread) {
            window = new Window.OfAddresses(malloc.addresses, Load.LARGE, thread.getThreadIndex()).fill();
        }
    }
}
