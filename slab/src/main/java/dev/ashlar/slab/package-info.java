/**
 * The strategy {@code slab}: for many blocks of up to 64 KiB with mixed lifetimes, on any number of threads. Allocating
 * and freeing take a few nanoseconds and no atomic operation when a thread frees what it allocated, and one otherwise.
 *
 * <p>It is found by name, {@code AllocatorProviders.require("slab")}; {@link dev.ashlar.slab.SlabConfig} has its
 * settings.
 */
package dev.ashlar.slab;
