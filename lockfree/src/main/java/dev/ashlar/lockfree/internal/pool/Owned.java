package dev.ashlar.lockfree.internal.pool;

import org.jspecify.annotations.Nullable;

/** Whose a cache is. All threads read it to find their own, so it must not lie beside what the owner writes. */
abstract class Owned {

    /** The owner, or null for a stripe. Changes when a thread takes over the cache of one that has ended. */
    @Nullable Thread thread;
}
