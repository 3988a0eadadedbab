/**
 * The algorithms, without any memory behind them: which granules of a region are in blocks, and which are free. They
 * are public because they serve whoever divides a range of anything: a file, a device, a buffer that is not an
 * allocator's.
 *
 * <p>{@link dev.ashlar.buddy.core.RegionAlgorithm} says how an algorithm rounds and makes a {@link
 * dev.ashlar.buddy.core.RegionCore} for a region: {@link dev.ashlar.buddy.core.BuddyAlgorithm} and {@link
 * dev.ashlar.buddy.core.TlsfAlgorithm}.
 */
package dev.ashlar.buddy.core;
