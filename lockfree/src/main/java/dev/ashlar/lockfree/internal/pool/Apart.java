package dev.ashlar.lockfree.internal.pool;

/** Keeps what one thread writes all the time a cache line away from the object before it, wherever the collector moves it. */
@SuppressWarnings("unused") // they take up space
abstract class Apart {

    private long before1;
    private long before2;
    private long before3;
    private long before4;
    private long before5;
    private long before6;
    private long before7;
}
