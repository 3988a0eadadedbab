/**
 * Growable sequences outside the Java heap, over any allocator, like C++ containers with a custom allocator. All
 * elements lie in memory of the given {@link dev.ashlar.api.Allocator}, and closing a sequence frees it.
 *
 * <table>
 * <caption>Which one</caption>
 * <tr><th>elements</th><th>one thread</th><th>many threads, append only</th></tr>
 * <tr><td>numbers</td><td>{@link dev.ashlar.arena.sequence.IntVector}, {@link dev.ashlar.arena.sequence.LongVector},
 * {@link dev.ashlar.arena.sequence.FloatVector}, {@link dev.ashlar.arena.sequence.DoubleVector}</td>
 * <td>{@link dev.ashlar.arena.sequence.ConcurrentLongVector}</td></tr>
 * <tr><td>structs of a layout</td><td>{@link dev.ashlar.arena.sequence.StructVector}</td>
 * <td>{@link dev.ashlar.arena.sequence.ConcurrentStructVector}</td></tr>
 * <tr><td>structs found by a number</td><td>{@link dev.ashlar.arena.sequence.ComponentStore}</td><td></td></tr>
 * </table>
 */
package dev.ashlar.arena.sequence;
