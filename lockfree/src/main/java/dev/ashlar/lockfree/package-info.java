/**
 * The strategy {@code lockfree}: blocks of up to 64 KiB by size class, as with {@code slab}. A block is freed by
 * compare-and-set. So if several threads free it, exactly one succeeds, also at the same instant.
 *
 * <p>{@link dev.ashlar.lockfree.LockFree#builder()} makes its allocators and has its settings. It is also found by
 * name, {@code AllocatorProviders.require("lockfree")}.
 */
package dev.ashlar.lockfree;
