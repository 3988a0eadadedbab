package dev.ashlar.api.compose;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link BlockTable} cannot keep in an array of numbers: upstream's memory of a block, where it cannot be found
 * by its address, and the sites. Written by the thread that has claimed the entry.
 */
final class BlockNote {

    /** Null once the memory has gone back upstream. */
    @Nullable MemorySegment memory;

    final @Nullable CallSite allocated;
    volatile @Nullable CallSite freed;

    BlockNote(@Nullable MemorySegment memory, @Nullable CallSite allocated) {
        this.memory = memory;
        this.allocated = allocated;
    }
}
