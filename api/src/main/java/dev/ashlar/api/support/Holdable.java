package dev.ashlar.api.support;

/**
 * The capability of an allocator to stay open while its blocks are used in a way that the JDK does not know of: by an
 * arena of {@link dev.ashlar.api.compose.Allocators#arena}, which gives them a scope of its own.
 *
 * <p>An allocator that owns memory has this; a decorator passes it on. While it is held, {@code close()} throws
 * {@link IllegalStateException} and changes nothing.
 */
public interface Holdable {

    /**
     * Keeps the allocator open until {@link #release}. Any number may hold it.
     *
     * @throws IllegalStateException if it is closed
     */
    void hold();

    /** Ends one hold. */
    void release();
}
