package dev.ashlar.replay;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** The bare JDK: a confined arena for each block, which is the way to free blocks one by one without an allocator. */
final class JdkSubject implements Subject {

    private final long[] byteSizes;
    private final long[] byteAlignments;
    private final @Nullable Arena[] arenas;
    private final @Nullable MemorySegment[] blocks;

    JdkSubject(Trace trace) {
        this.byteSizes = trace.byteSizes;
        this.byteAlignments = trace.byteAlignments;
        this.arenas = new Arena[trace.blocks()];
        this.blocks = new MemorySegment[trace.blocks()];
    }

    @Override
    public boolean allocate(int block) {
        Arena arena = Arena.ofConfined();
        MemorySegment memory = arena.allocate(byteSizes[block], byteAlignments[block]);
        Subject.touch(memory, 0, memory.byteSize());
        arenas[block] = arena;
        blocks[block] = memory;
        return true;
    }

    @Override
    public void free(int block) {
        Arena arena = arenas[block];
        if (arena != null) {
            arenas[block] = null;
            blocks[block] = null;
            arena.close();
        }
    }

    @Override
    public @Nullable MemorySegment memory(int block) {
        return blocks[block];
    }

    @Override
    public Books books() {
        return Books.NONE;
    }
}
