/**
 * The strategy {@code arena}: for blocks that are freed together, such as those of a request or a frame. Allocating
 * takes a few nanoseconds, and freeing all blocks costs about as much as freeing one.
 *
 * <p>{@link dev.ashlar.arena.BumpArena#builder()} makes its allocators and has its settings. It is also found by name,
 * {@code AllocatorProviders.require("arena")}. Marks and resets are reached through
 * {@link dev.ashlar.api.Resettable}, {@link dev.ashlar.arena.Frames} begins and ends frames.
 */
package dev.ashlar.arena;
