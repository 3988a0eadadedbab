/**
 * Arenas of the JDK over any allocator: code that asks for a {@link java.lang.foreign.Arena} gets its memory from an
 * {@link dev.ashlar.api.Allocator}, and keeps the JDK's checks of bounds, lifetime and thread.
 *
 * <p>{@link dev.ashlar.arena.view.AllocatorArenas} is where to begin.
 */
package dev.ashlar.arena.view;
