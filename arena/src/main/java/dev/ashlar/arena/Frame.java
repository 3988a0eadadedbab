package dev.ashlar.arena;

import dev.ashlar.api.Resettable.Mark;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Blocks of an arena that are freed together when the frame is closed. A frame is open from {@link Frames#open} to
 * {@link #close}. While another frame is open within it, it hands out no blocks, because they would belong to the inner
 * one.
 *
 * <p>{@link #allocate} is as safe for use by many threads as that of the arena. {@link #close} is for one thread, while
 * no other thread allocates.
 */
public final class Frame implements SegmentAllocator, AutoCloseable {

    private final Frames frames;

    /** The frame that this one is within, if any. */
    private final @Nullable Frame outer;

    private final Mark begin;

    /** 1 for the outermost frame. */
    private final int depth;

    private boolean closed;

    Frame(Frames frames, @Nullable Frame outer, Mark begin) {
        this.frames = frames;
        this.outer = outer;
        this.begin = begin;
        this.depth = outer == null ? 1 : outer.depth + 1;
    }

    /** The number of frames from the outermost to this one, 1 or more. */
    public int depth() {
        return depth;
    }

    /**
     * Hands out a block that lives until this frame is closed.
     *
     * @param byteSize size in bytes, 0 or more
     * @param byteAlignment alignment in bytes, a power of two
     * @return a block of exactly {@code byteSize} bytes, not zeroed
     * @throws IllegalStateException if this frame is closed, or another one is open within it
     * @throws dev.ashlar.api.AllocationException if the arena cannot serve it
     */
    @Override
    public MemorySegment allocate(long byteSize, long byteAlignment) {
        if (!frames.isInnermost(this)) {
            throw notInnermost("allocate in");
        }
        return frames.arena().allocate(byteSize, byteAlignment);
    }

    /**
     * Frees every block handed out since this frame was opened. Closing it again does nothing.
     *
     * @throws IllegalStateException if a frame within this one is open; then nothing changes
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        if (!frames.isInnermost(this)) {
            throw notInnermost("close");
        }
        frames.end(begin, outer);
        closed = true;
    }

    private IllegalStateException notInnermost(String action) {
        return new IllegalStateException(
                closed
                        ? "Cannot " + action + " frame " + depth + ": it is closed"
                        : "Cannot " + action + " frame " + depth + ": frame " + frames.depth()
                                + " is open within it. Close inner frames first, at best by try-with-resources.");
    }
}
