/**
 * Blocks that live and die together.
 *
 * <p>A bump allocator over chunks will live here, with marks, rewinding, frames and double-buffered
 * frames; and views that implement {@link java.lang.foreign.Arena} over any allocator, so that the
 * JDK checks for a use after close.
 */
package dev.ashlar.arena;
