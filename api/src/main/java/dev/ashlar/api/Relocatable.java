package dev.ashlar.api;

import java.util.function.LongPredicate;

/**
 * A holder of blocks that can move them, because it knows where their addresses are kept: a data structure that takes
 * part in the defragmentation of its allocator, without handles.
 *
 * <p>An implementation says which threads may call {@link #relocate}. A holder that is for one thread is called by that
 * thread.
 */
@FunctionalInterface
public interface Relocatable {

    /**
     * Moves blocks. For each that is worth it, the holder allocates another of the same size, copies the contents, and
     * frees the old block. It leaves a block where it is if the allocator refuses, or if the new block is itself worth
     * leaving.
     *
     * @param isWorthLeaving whether a block of this address is worth moving, such as {@link
     *     Evacuable.Evacuation#contains}; it costs a few reads
     * @param mostBytes ends the work when as many bytes were moved, so the last block may pass it; 0 or more
     * @return how many bytes were moved; less than {@code mostBytes} if no more blocks can be moved
     */
    long relocate(LongPredicate isWorthLeaving, long mostBytes);
}
