/**
 * The strategy {@code slab}: for many blocks of up to 64 KiB with mixed lifetimes, on any number of threads. Allocating
 * and freeing take a few nanoseconds and no atomic operation when a thread frees what it allocated, and one otherwise.
 *
 * <p>{@link dev.ashlar.slab.Slab#builder()} makes its allocators and has its settings. It is also found by name,
 * {@code AllocatorProviders.require("slab")}.
 */
package dev.ashlar.slab;
