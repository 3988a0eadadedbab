/** Bonwick's slab allocator with owner-local heaps. */
package dev.ashlar.slab;
