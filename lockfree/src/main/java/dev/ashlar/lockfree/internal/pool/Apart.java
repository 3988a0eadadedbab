package dev.ashlar.lockfree.internal.pool;

/**
 * Keeps what one thread writes all the time a cache line away from what others read before it: whose it is, and the object
 * that lies before this one wherever the collector has moved it.
 */
@SuppressWarnings("unused") // they take up space
abstract class Apart extends Owned {

    private long before1;
    private long before2;
    private long before3;
    private long before4;
    private long before5;
    private long before6;
    private long before7;
    private long before8;
}
