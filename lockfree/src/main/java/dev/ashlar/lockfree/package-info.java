/**
 * The strategy {@code lockfree}: blocks of up to 64 KiB by size class, for threads that free what others allocated. A free
 * block stays with the thread that freed it, and whole magazines of them pass between threads with one compare-and-set.
 *
 * <p>It is found by name, {@code AllocatorProviders.require("lockfree")}; {@link dev.ashlar.lockfree.LockFreeConfig} is what
 * can be set.
 */
package dev.ashlar.lockfree;
