package dev.ashlar.benchmarks;

import java.lang.foreign.Arena;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * The simplest ways to share blocks of one size between threads, as in a program with its own pool. They do not check
 * frees, have no size classes, and do not return memory.
 */
public abstract class FreeList {

    /** More blocks than are live in the benchmarks. */
    static final int BLOCKS = 1 << 16;

    static final int BLOCK_SIZE = 64;

    final long start =
            Arena.global().allocate((long) BLOCKS * BLOCK_SIZE, BLOCK_SIZE).address();

    /** The address of a free block. */
    abstract long take();

    /** Takes a block back. */
    abstract void give(long address);

    /** A stack guarded by a lock. */
    @State(Scope.Benchmark)
    public static class Mutex extends FreeList {

        private final long[] free = new long[BLOCKS];
        private int count;

        /** All blocks are free. */
        public Mutex() {
            for (int block = 0; block < BLOCKS; block++) {
                free[count++] = start + (long) block * BLOCK_SIZE;
            }
        }

        @Override
        synchronized long take() {
            return free[--count];
        }

        @Override
        synchronized void give(long address) {
            free[count++] = address;
        }
    }

    /** Treiber's stack with a tag. Each allocation and each free is a compare-and-set. */
    @State(Scope.Benchmark)
    public static class Treiber extends FreeList {

        private static final long INDEX = 0xFFFF_FFFFL;

        /** The low 32 bits are an index, the others count the changes. */
        private final AtomicLong head = new AtomicLong(BLOCKS - 1);

        private final AtomicIntegerArray next = new AtomicIntegerArray(BLOCKS);

        /** All blocks are free. */
        public Treiber() {
            for (int block = 0; block < BLOCKS; block++) {
                next.set(block, block - 1); // none follows the last
            }
        }

        @Override
        long take() {
            while (true) {
                long seen = head.get();
                int top = (int) seen;
                if (head.compareAndSet(seen, changed(seen, next.get(top)))) {
                    return start + (long) top * BLOCK_SIZE;
                }
                Thread.onSpinWait();
            }
        }

        @Override
        void give(long address) {
            int block = (int) ((address - start) / BLOCK_SIZE);
            while (true) {
                long seen = head.get();
                next.set(block, (int) seen);
                if (head.compareAndSet(seen, changed(seen, block))) {
                    return;
                }
                Thread.onSpinWait();
            }
        }

        private static long changed(long seen, int top) {
            return ((seen & ~INDEX) + INDEX + 1) | (top & INDEX);
        }
    }
}
