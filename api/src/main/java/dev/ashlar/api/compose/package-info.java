/**
 * Allocators made out of allocators: a limit, a way out when one is exhausted, and one for each kind of size; and the
 * JDK's arenas over an allocator. They need nothing but the contract, so they work over every strategy and over each
 * other.
 *
 * <p>A cache and its index share what a server may use, and neither can take more than its part of it:
 *
 * {@snippet class="dev.ashlar.verification.shown.ApiCodeTest" region="nested"}
 */
package dev.ashlar.api.compose;
