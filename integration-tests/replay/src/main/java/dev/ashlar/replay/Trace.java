package dev.ashlar.replay;

import java.util.Arrays;

/**
 * A recorded trace in memory, whole and valid: blocks are numbered from 0 in the order of their allocation, and only
 * live blocks are freed.
 *
 * <p>Event {@code e} is {@code operations[e]}: a block's number if it frees the block, its complement ({@code ~block})
 * if it allocates it. What is known of a block is in arrays by its number, so that the loop over the events reads a
 * few plain arrays and makes nothing.
 */
final class Trace {

    /** The name of the trace: the file's name without its endings. */
    final String name;

    /** The events in order. */
    final int[] operations;

    /** The recorded thread of each event, numbered from 0 by first appearance. */
    final int[] threads;

    /** The size of each block. */
    final long[] byteSizes;

    /** The alignment of each block, or 0 where the trace gives none. */
    final long[] byteAlignments;

    /** How many threads were recorded. */
    final int threadCount;

    /** The most bytes that were live at once. */
    final long peakRequestedBytes;

    /** The block whose allocation reached that peak first, or -1 if there is no block. */
    final int peakBlock;

    Trace(String name, int[] operations, int[] threads, long[] byteSizes, long[] byteAlignments) {
        this.name = name;
        this.operations = operations;
        this.threads = threads;
        this.byteSizes = byteSizes;
        this.byteAlignments = byteAlignments;
        this.threadCount = Arrays.stream(threads).max().orElse(-1) + 1;
        long live = 0;
        long peak = -1;
        int block = -1;
        for (int operation : operations) {
            if (allocates(operation)) {
                live += byteSizes[~operation];
                if (live > peak) {
                    peak = live;
                    block = ~operation;
                }
            } else {
                live -= byteSizes[operation];
            }
        }
        this.peakRequestedBytes = Math.max(peak, 0);
        this.peakBlock = block;
    }

    static boolean allocates(int operation) {
        return operation < 0;
    }

    /** The number of a block that an operation allocates or frees. */
    static int block(int operation) {
        return operation < 0 ? ~operation : operation;
    }

    /**
     * The number of parts of the trace that end without live blocks. The last part ends with the trace, also with live
     * blocks.
     */
    int frames() {
        int frames = 0;
        int live = 0;
        for (int operation : operations) {
            live += allocates(operation) ? 1 : -1;
            frames += live == 0 ? 1 : 0;
        }
        return live == 0 ? frames : frames + 1;
    }

    int events() {
        return operations.length;
    }

    int blocks() {
        return byteSizes.length;
    }

    /** The events up to the one that reaches the peak, as a trace. */
    Trace upToPeak() {
        int events = 0;
        while (events < events() && (events == 0 || operations[events - 1] != ~peakBlock)) {
            events++;
        }
        return head(events);
    }

    /** The first events as a trace, or this one if it has no more. */
    Trace head(int events) {
        if (events >= events()) {
            return this;
        }
        int[] first = Arrays.copyOf(operations, events);
        int blocks = (int) Arrays.stream(first).filter(Trace::allocates).count();
        return new Trace(
                name,
                first,
                Arrays.copyOf(threads, events),
                Arrays.copyOf(byteSizes, blocks),
                Arrays.copyOf(byteAlignments, blocks));
    }

    /**
     * This trace with an alignment for every block. A block that was recorded without one gets the one promised, but
     * never more than its size can need: no object of 5 bytes must start at a multiple of 8.
     *
     * @param promised the alignment of blocks of at least that size, a power of two
     */
    Trace aligned(long promised) {
        long[] alignments = byteAlignments.clone();
        for (int block = 0; block < alignments.length; block++) {
            if (alignments[block] == 0) {
                alignments[block] = Math.min(promised, Math.max(1, Long.highestOneBit(byteSizes[block])));
            }
        }
        return new Trace(name, operations, threads, byteSizes, alignments);
    }

    /** What an event does, as the trace's file says it, with its number counted from 1. */
    String describe(int event) {
        int operation = operations[event];
        int block = block(operation);
        return "event " + (event + 1) + " of " + name
                + (allocates(operation)
                        ? " (allocate block " + block + ", " + byteSizes[block] + " bytes)"
                        : " (free block " + block + ", " + byteSizes[block] + " bytes)");
    }
}
