package dev.ashlar.arena;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Resettable;
import dev.ashlar.api.Resettable.Mark;
import org.jspecify.annotations.Nullable;

/**
 * Opens {@link Frame}s on an arena, for blocks that live until their frame ends, such as those of a request or of one
 * picture of a game. Frames nest. Closing one costs a rewind, for any number of blocks, and keeps the memory for the
 * next frame.
 *
 * {@snippet class="dev.ashlar.verification.shown.ArenaCodeTest" region="frames"}
 *
 * <p>Not safe for use by many threads, but for {@link Frame#allocate}, which is as safe as that of the arena.
 */
public final class Frames {

    private final Allocator arena;
    private final Resettable resettable;

    /** The innermost open frame; null if there is none. Read by every thread that allocates. */
    private volatile @Nullable Frame innermost;

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

    /**
     * Opens a frame within the innermost open one, if there is one.
     *
     * @return a frame, which must be closed before the one around it
     * @throws IllegalStateException if the arena is closed
     */
    public Frame open() {
        Frame frame = new Frame(this, innermost, resettable.mark());
        innermost = frame;
        return frame;
    }

    /** How many frames are open. */
    public int depth() {
        Frame frame = innermost;
        return frame == null ? 0 : frame.depth();
    }

    /** Whether new blocks belong to a frame now. */
    boolean isInnermost(Frame frame) {
        return innermost == frame;
    }

    Allocator arena() {
        return arena;
    }

    /** Ends the innermost frame. If the arena refuses, the frame stays open. */
    void end(Mark begin, @Nullable Frame outer) {
        resettable.rewind(begin);
        innermost = outer;
    }
}
