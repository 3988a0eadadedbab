/**
 * Blocks of many sizes from one range of bytes.
 *
 * <p>Two providers will live here. {@code buddy}, a binary buddy system, rounds to powers of two and
 * finds the buddy of a block by arithmetic. {@code tlsf}, two-level segregated fit, does not round
 * and coalesces at once, which suits sizes that vary. Each is a core over offsets, bound to chunks by
 * its allocator.
 */
package dev.ashlar.buddy;
