/**
 * Blocks of many sizes from regions of memory. Two strategies: {@code buddy}, the binary buddy system, for large blocks
 * that start at page boundaries; and {@code tlsf}, two-level segregated fit, for sizes that vary.
 *
 * <p>They are found by name, {@code AllocatorProviders.require("tlsf")}; {@link dev.ashlar.buddy.BuddyConfig} and
 * {@link dev.ashlar.buddy.TlsfConfig} have their settings.
 */
package dev.ashlar.buddy;
