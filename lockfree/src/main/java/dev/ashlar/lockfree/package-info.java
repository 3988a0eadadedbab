/**
 * The strategy {@code lockfree}: blocks of up to 64 KiB by size class, as with {@code slab}. A block is freed by
 * compare-and-set. So if several threads free it, exactly one succeeds, also at the same instant.
 *
 * <p>It is found by name, {@code AllocatorProviders.require("lockfree")}; {@link dev.ashlar.lockfree.LockFreeConfig}
 * has its settings.
 */
package dev.ashlar.lockfree;
