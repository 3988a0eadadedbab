/**
 * The contracts of allocators and pools as test classes, and the doubles that they use.
 *
 * <p>{@link dev.ashlar.testkit.AllocatorContract} and {@link dev.ashlar.testkit.PoolContract} are extended with one
 * method that makes the thing to test. {@link dev.ashlar.testkit.FaultySource}, {@link
 * dev.ashlar.testkit.BlockRecorder} and {@link dev.ashlar.testkit.ChurnWorkload} are of use for a strategy's own tests
 * as well.
 */
package dev.ashlar.testkit;
