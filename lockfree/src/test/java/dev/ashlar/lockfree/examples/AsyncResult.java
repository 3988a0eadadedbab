package dev.ashlar.lockfree.examples;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.lockfree.LockFreePools;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Example: a result that one thread waits for and another completes. It is used for many requests, one after another.
 *
 * <p>A completion may be late: the waiting thread may have stopped waiting, and the object may belong to the next
 * request. So each request has a ticket, and a completion passes it. An old ticket completes nothing. Every pooled
 * object needs this if other code may refer to it after its release.
 *
 * <p>The state has the ticket and, in its low bit, whether it is being completed. So both change together.
 *
 * @param <V> the type of the results
 */
final class AsyncResult<V> {

    private static final long COMPLETING = 1;
    private static final long ONE_TICKET = 2;

    private final AtomicLong state = new AtomicLong();
    private @Nullable V value;
    private volatile boolean done;
    private volatile @Nullable Thread waiting;

    /**
     * A pool of results.
     *
     * @param maxIdle the most idle results to keep
     */
    static <V> SupervisedPool<AsyncResult<V>> pool(int maxIdle) {
        return LockFreePools.create(PoolConfig.builder(AsyncResult<V>::new)
                .reset(AsyncResult::nextTicket)
                .maxIdle(maxIdle)
                .build());
    }

    /** The ticket of the current request. For the thread that acquired it. */
    long ticket() {
        return state.get() & -ONE_TICKET;
    }

    /**
     * Completes the request of a ticket. For any thread.
     *
     * @return false if the request is over or completed already; then nothing changes
     */
    boolean complete(long ticket, V result) {
        if (!state.compareAndSet(ticket, ticket | COMPLETING)) {
            return false;
        }
        value = result;
        done = true;
        LockSupport.unpark(waiting); // if it waits for the next request by now, it checks and waits again
        return true;
    }

    /**
     * Waits for the result. For the thread that has acquired it.
     *
     * @param nanos the longest time to wait
     * @throws TimeoutException if there was no result in that time
     */
    @Nullable V await(long nanos) throws TimeoutException {
        long until = System.nanoTime() + nanos;
        waiting = Thread.currentThread();
        while (!done) {
            long left = until - System.nanoTime();
            if (left <= 0) {
                throw new TimeoutException("no result after " + nanos + " ns");
            }
            LockSupport.parkNanos(this, left);
        }
        return value;
    }

    /** The reset. It waits for a completion that has started, which must not write to the next request. */
    private void nextTicket() {
        long ticket = ticket();
        if (!state.compareAndSet(ticket, ticket + ONE_TICKET)) {
            while (!done) {
                Thread.onSpinWait();
            }
            state.set(ticket + ONE_TICKET);
        }
        value = null;
        waiting = null;
        done = false;
    }
}
