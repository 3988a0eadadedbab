package dev.ashlar.replay;

import dev.ashlar.api.Allocator;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** A strategy through its main interface: blocks are memory segments. */
final class SegmentSubject implements Subject {

    private final Allocator allocator;
    private final Books books;
    private final long[] byteSizes;
    private final long[] byteAlignments;
    private final @Nullable MemorySegment[] blocks;

    SegmentSubject(Allocator allocator, Books books, Trace trace) {
        this.allocator = allocator;
        this.books = books;
        this.byteSizes = trace.byteSizes;
        this.byteAlignments = trace.byteAlignments;
        this.blocks = new MemorySegment[trace.blocks()];
    }

    @Override
    public boolean allocate(int block) {
        MemorySegment memory = allocator.tryAllocate(byteSizes[block], byteAlignments[block]);
        if (memory == null) {
            return false;
        }
        Subject.touch(memory, 0, memory.byteSize());
        blocks[block] = memory;
        return true;
    }

    @Override
    public void free(int block) {
        MemorySegment memory = blocks[block];
        if (memory != null) {
            blocks[block] = null;
            allocator.free(memory);
        }
    }

    @Override
    public @Nullable MemorySegment memory(int block) {
        return blocks[block];
    }

    @Override
    public Books books() {
        return books;
    }
}
