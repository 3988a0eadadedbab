/**
 * Allocators made out of allocators: a limit, a way out when one is exhausted, and one for each kind of size. They need
 * nothing but the contract, so they work over every strategy and over each other.
 *
 * <p>A cache and its index share what a server may use, and neither can take more than its part of it:
 *
 * {@snippet :
 * Allocator server = Allocators.limited(upstream, 1_000_000);
 * Allocator cache = Allocators.limited(server, 800_000);
 * Allocator index = Allocators.limited(server, 400_000);
 *
 * MemorySegment page = cache.allocate(700_000, 4096);
 * assert index.tryAllocate(350_000, 8) == null; // fits the index, but not the server any more
 *
 * cache.free(page);
 * MemorySegment root = index.allocate(350_000, 8);
 * assert server.as(Limit.class).orElseThrow().usedBytes() == 350_000;
 * }
 */
package dev.ashlar.api.compose;
