/**
 * The contracts of allocators and pools as test classes, and the doubles that they use.
 *
 * <p>{@link dev.ashlar.testkit.AllocatorContract} and {@link dev.ashlar.testkit.PoolContract} are extended with one
 * method that makes the allocator or pool to test. {@link dev.ashlar.testkit.FaultySource}, {@link
 * dev.ashlar.testkit.BlockRecorder} and {@link dev.ashlar.testkit.ChurnWorkload} are useful for a strategy's own tests
 * too.
 */
package dev.ashlar.testkit;
