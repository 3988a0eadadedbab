/**
 * Blocks of many sizes from regions of memory. Two strategies: {@code buddy}, the binary buddy system, for large blocks
 * that start at page boundaries; and {@code tlsf}, two-level segregated fit, for sizes that vary.
 *
 * <p>{@link dev.ashlar.buddy.Buddy#builder()} and {@link dev.ashlar.buddy.Tlsf#builder()} make their allocators and
 * have their settings. They are also found by name, {@code AllocatorProviders.require("tlsf")}.
 */
package dev.ashlar.buddy;
