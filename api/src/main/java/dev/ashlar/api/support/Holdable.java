package dev.ashlar.api.support;

/**
 * The capability of an allocator to stay open while an arena of {@link dev.ashlar.api.compose.Allocators#arena} uses
 * its blocks. Such an arena gives them a scope of its own, so the JDK cannot know.
 *
 * <p>An allocator that owns memory has this; a decorator passes it on. While it is held, {@code close()} throws
 * {@link IllegalStateException} and changes nothing.
 */
public interface Holdable {

    /**
     * Keeps the allocator open until {@link #release}. There may be any number of holds.
     *
     * @throws IllegalStateException if it is closed
     */
    void hold();

    /** Ends one hold. */
    void release();
}
