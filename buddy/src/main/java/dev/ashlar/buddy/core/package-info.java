/**
 * The algorithms without memory: which granules of a region are in blocks, and which are free. They are public, because
 * they can divide any range: a file, a device, or a buffer of another owner.
 *
 * <p>{@link dev.ashlar.buddy.core.RegionAlgorithm} says how an algorithm rounds and makes a {@link
 * dev.ashlar.buddy.core.RegionCore} for a region: {@link dev.ashlar.buddy.core.BuddyAlgorithm} and {@link
 * dev.ashlar.buddy.core.TlsfAlgorithm}.
 */
package dev.ashlar.buddy.core;
