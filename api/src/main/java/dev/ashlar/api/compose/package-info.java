/**
 * Allocators made from other allocators: with a limit, with a fallback, and by size. Also the JDK's arenas over an
 * allocator. They need nothing but the contract, so they work over every strategy and over each other.
 *
 * <p>A cache and its index share the limit of a server, and each has a limit of its own:
 *
 * {@snippet class="dev.ashlar.verification.shown.ApiCodeTest" region="nested"}
 */
package dev.ashlar.api.compose;
