package dev.ashlar.arena;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Resettable;
import dev.ashlar.api.Resettable.Mark;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Blocks that live until their frame ends, such as all that a request or a picture of a game needs. Frames nest; ending
 * one costs a rewind, however many blocks it has, and keeps the memory for the next.
 *
 * {@snippet :
 * Frames frames = new Frames(arena);
 * frames.beginFrame();
 * MemorySegment block = frames.allocate(64, 8);
 * frames.endFrame(); // the block must not be used any more
 * }
 *
 * <p>Not safe for use by many threads, but for {@link #allocate}, which is as safe as the arena's own.
 */
public final class Frames implements SegmentAllocator {

    private final Allocator arena;
    private final Resettable resettable;
    private final Deque<Mark> begins = new ArrayDeque<>();

    /**
     * No frame yet.
     *
     * @param arena serves the blocks; the caller closes it, and does not rewind it behind a frame
     * @throws IllegalArgumentException if it cannot free blocks by position
     */
    public Frames(Allocator arena) {
        this.arena = arena;
        this.resettable = Arenas.resettable(arena);
    }

    /** Begins a frame within the one that there is, if any. */
    public void beginFrame() {
        begins.push(resettable.mark());
    }

    /**
     * Ends the frame that began last: frees every block handed out since.
     *
     * @throws IllegalStateException if there is none
     */
    public void endFrame() {
        if (begins.isEmpty()) {
            throw new IllegalStateException("There is no frame to end. Call beginFrame first.");
        }
        resettable.rewind(begins.peek());
        begins.pop();
    }

    /** How many frames have begun and not ended. */
    public int depth() {
        return begins.size();
    }

    /**
     * Hands out a block of the frame that began last.
     *
     * @return a block of exactly {@code byteSize} bytes, not zeroed
     * @throws IllegalStateException if there is no frame, because the block would never be freed
     */
    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        if (begins.isEmpty()) {
            throw new IllegalStateException("There is no frame to allocate in. Call beginFrame first.");
        }
        return arena.allocate(byteSize, byteAlignment);
    }
}
