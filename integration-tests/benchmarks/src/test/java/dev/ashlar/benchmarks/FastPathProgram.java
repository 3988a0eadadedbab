package dev.ashlar.benchmarks;

import com.sun.management.ThreadMXBean;
import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Allocates and frees blocks until that is compiled, and prints how many bytes on the Java heap a pair takes then, and
 * how many a segment takes. For {@link FastPathTest}, which runs each loop in a JVM of its own.
 */
final class FastPathProgram {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** After fewer pairs the compiler has compiled the loops. */
    private static final int ROUNDS = 400;

    private static final int PAIRS = 1_000;
    private static final long SIZE = 64;

    /** Blocks that another thread frees at a time. */
    private static final int TURN = 50;

    /** Where a segment escapes to. */
    static volatile MemorySegment elsewhere = MemorySegment.NULL;

    private FastPathProgram() {}

    /** A loop of {@link #PAIRS} pairs. */
    private interface Loop {
        /** Returns the bytes that it allocates on the Java heap. */
        long run() throws Exception;
    }

    /** Arguments: a strategy, {@code whole} or {@code view}, and the name of a loop. */
    public static void main(String[] arguments) throws Exception {
        try (Allocator whole = AllocatorProviders.require(arguments[0]).create(AllocatorConfig.defaults());
                ExecutorService other = Executors.newSingleThreadExecutor()) {
            Allocator allocator = arguments[1].equals("view")
                    ? whole.as(Confinable.class).orElseThrow().confined()
                    : whole;
            AddressAllocator addresses = allocator.as(AddressAllocator.class).orElseThrow();
            switch (arguments[2]) {
                case "addresses" -> print("pair", () -> bytes(() -> addresses(addresses)));
                case "segments" -> print("pair", () -> bytes(() -> segments(allocator)));
                case "escaping" -> print("pair", () -> bytes(() -> escaping(allocator)));
                case "hinted" -> print("pair", () -> bytes(() -> hinted(addresses)));
                case "remote" -> print("pair", () -> remote(addresses, other));
                default -> throw new IllegalArgumentException(arguments[2]);
            }
            print("segment", () -> bytes(FastPathProgram::segmentsAlone));
        }
    }

    /** Prints the least bytes of a round, for each pair. */
    private static void print(String name, Loop loop) throws Exception {
        long least = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            least = Math.min(least, loop.run());
        }
        System.out.println("bytes of a " + name + ": " + Math.round((double) least / PAIRS));
    }

    private static long bytes(Runnable work) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        work.run();
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }

    static void addresses(AddressAllocator allocator) {
        for (int i = 0; i < PAIRS; i++) {
            long address = allocator.allocateAddress(SIZE, 8);
            FirstByte.touch(address);
            allocator.freeAddress(address, SIZE);
        }
    }

    static void segments(Allocator allocator) {
        for (int i = 0; i < PAIRS; i++) {
            MemorySegment block = allocator.allocate(SIZE, 8);
            FirstByte.touch(block);
            allocator.free(block);
        }
    }

    private static void escaping(Allocator allocator) {
        for (int i = 0; i < PAIRS; i++) {
            MemorySegment block = allocator.allocate(SIZE, 8);
            elsewhere = block;
            allocator.free(block);
        }
    }

    private static void hinted(AddressAllocator allocator) {
        AllocationHints hints = AllocationHints.NONE.withTag("index");
        for (int i = 0; i < PAIRS; i++) {
            allocator.freeAddress(allocator.allocateAddress(SIZE, 8, hints), SIZE);
        }
    }

    /** One thread allocates, and then another frees. Returns the bytes of both. */
    private static long remote(AddressAllocator allocator, ExecutorService other) throws Exception {
        long[] blocks = new long[TURN];
        long bytes = 0;
        for (int turn = 0; turn < PAIRS / TURN; turn++) {
            bytes += bytes(() -> allocate(allocator, blocks));
            bytes += other.submit(() -> bytes(() -> free(allocator, blocks))).get();
        }
        return bytes;
    }

    private static void allocate(AddressAllocator allocator, long[] blocks) {
        for (int i = 0; i < TURN; i++) {
            blocks[i] = allocator.allocateAddress(SIZE, 8);
        }
    }

    private static void free(AddressAllocator allocator, long[] blocks) {
        for (long block : blocks) {
            allocator.freeAddress(block, SIZE);
        }
    }

    private static void segmentsAlone() {
        for (int i = 0; i < PAIRS; i++) {
            elsewhere = MemorySegment.ofAddress(i);
        }
    }
}
