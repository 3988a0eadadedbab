/**
 * The command-line program: replays recorded allocation traces on every installed strategy.
 *
 * <p>{@link dev.ashlar.replay.TraceReader} turns a file into a {@link dev.ashlar.replay.Trace}. A
 * {@link dev.ashlar.replay.Subject} is one fresh allocator with the blocks it has handed out. A
 * {@link dev.ashlar.replay.Replay} plays the one on the other, and {@link dev.ashlar.replay.Measurement} makes a
 * {@link dev.ashlar.replay.Result} of several such runs, in a {@link dev.ashlar.replay.ChildJvm} of its own.
 */
@NullMarked
package dev.ashlar.replay;

import org.jspecify.annotations.NullMarked;
