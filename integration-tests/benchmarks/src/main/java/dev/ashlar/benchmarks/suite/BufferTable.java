package dev.ashlar.benchmarks.suite;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * Buffers by index. Adding or removing one costs what a program pays that keeps it in a field: an access to a thread
 * local, and a store of the reference. Each thread keeps some free indices, and exchanges them in batches under a lock.
 *
 * <p>A buffer that one thread has added is found by another if the index was passed on safely.
 */
final class BufferTable {

    /** Indices in a batch, and in a part of the table. */
    private static final int BATCH = 1024;

    /** The table. It only grows. */
    private volatile ByteBuf[][] parts = new ByteBuf[0][];

    /** Full batches of free indices. Guarded by this. */
    private final Deque<int[]> batches = new ArrayDeque<>();

    private final FastThreadLocal<FreeIndices> mine = new FastThreadLocal<>() {
        @Override
        protected FreeIndices initialValue() {
            return new FreeIndices();
        }

        @Override
        protected void onRemoval(FreeIndices indices) {
            putBack(indices);
        }
    };

    /** The free indices of a thread: a stack of up to two batches. */
    private static final class FreeIndices {

        final int[] indices = new int[2 * BATCH];
        int count;
    }

    /** Adds a buffer and returns its index. */
    int add(ByteBuf buffer) {
        FreeIndices free = mine.get();
        if (free.count == 0) {
            int[] batch = takeBatch();
            System.arraycopy(batch, 0, free.indices, 0, batch.length);
            free.count = batch.length;
        }
        int index = free.indices[--free.count];
        parts[index / BATCH][index % BATCH] = buffer;
        return index;
    }

    /** Removes the buffer of an index. */
    ByteBuf remove(int index) {
        FreeIndices free = mine.get();
        if (free.count == free.indices.length) {
            free.count -= BATCH;
            putBatch(Arrays.copyOfRange(free.indices, free.count, free.count + BATCH));
        }
        free.indices[free.count++] = index;
        return parts[index / BATCH][index % BATCH];
    }

    private synchronized int[] takeBatch() {
        int[] batch = batches.poll();
        if (batch == null) {
            int first = parts.length * BATCH;
            ByteBuf[][] grown = Arrays.copyOf(parts, parts.length + 1);
            grown[parts.length] = new ByteBuf[BATCH];
            parts = grown;
            batch = new int[BATCH];
            Arrays.setAll(batch, i -> first + i);
        }
        return batch;
    }

    private synchronized void putBatch(int[] batch) {
        batches.push(batch);
    }

    private void putBack(FreeIndices free) {
        if (free.count > 0) {
            putBatch(Arrays.copyOf(free.indices, free.count));
        }
    }
}
