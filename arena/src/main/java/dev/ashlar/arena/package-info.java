/**
 * The strategy {@code arena}: for blocks that are freed together, such as those of a request or a frame. Allocating
 * takes a few nanoseconds, and freeing all blocks costs about as much as freeing one.
 *
 * <p>It is found by name, {@code AllocatorProviders.require("arena")}; {@link dev.ashlar.arena.ArenaConfig} has its
 * settings. {@link dev.ashlar.api.Resettable} has marks and resets, and {@link dev.ashlar.arena.Frames} opens frames.
 */
package dev.ashlar.arena;
