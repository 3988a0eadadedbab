package dev.ashlar.lockfree.internal.pool;

import dev.ashlar.spi.support.ThreadTable;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what the owner of a {@link Cache} writes all the time a cache line away from what every thread reads to find
 * its own: the fields of the entry, and of the object that lies before it.
 */
@SuppressWarnings("unused") // they take up space
abstract class CachePadding extends ThreadTable.Entry {

    private long p1;
    private long p2;
    private long p3;
    private long p4;
    private long p5;
    private long p6;
    private long p7;
    private long p8;

    CachePadding(@Nullable Thread thread) {
        super(thread);
    }
}
