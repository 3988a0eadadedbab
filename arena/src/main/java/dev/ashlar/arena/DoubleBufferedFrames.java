package dev.ashlar.arena;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Resettable;
import dev.ashlar.api.Resettable.ResetMode.KeepMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/**
 * Frames whose blocks live one frame longer: a block of frame {@code n} may be used until frame {@code n + 1} ends. So
 * the state of the last picture exists while the next one is computed from it, and a consumer may read what a producer
 * wrote in the frame before. It needs two arenas. Each frame resets one of them and keeps its memory.
 *
 * {@snippet class="dev.ashlar.verification.shown.ArenaCodeTest" region="double-buffered"}
 *
 * <p>Not safe for use by many threads, except {@link #allocate} between two frames, which is as safe as that of the
 * arenas.
 */
public final class DoubleBufferedFrames implements SegmentAllocator {

    private static final KeepMemory KEEP = new KeepMemory();

    private Allocator current;
    private Allocator last;

    /**
     * Begins the first frame.
     *
     * @param first serves the blocks of the first frame, the third, the fifth
     * @param second serves those of the others; the caller closes both, and uses them for nothing else
     * @throws IllegalArgumentException if one cannot free blocks by position, or both are the same
     */
    public DoubleBufferedFrames(Allocator first, Allocator second) {
        if (first == second) {
            throw new IllegalArgumentException("Both arenas are the same, must be two: " + first);
        }
        Arenas.resettable(first);
        Arenas.resettable(second);
        current = first;
        last = second;
    }

    /** Ends the frame and begins the next. Frees every block of the frame before the one that ends. */
    public void nextFrame() {
        Resettable reset = Arenas.resettable(last);
        reset.reset(KEEP);
        Allocator ended = current;
        current = last;
        last = ended;
    }

    /**
     * Hands out a block of this frame.
     *
     * @return a block of exactly {@code byteSize} bytes, not zeroed
     */
    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        return current.allocate(byteSize, byteAlignment);
    }
}
