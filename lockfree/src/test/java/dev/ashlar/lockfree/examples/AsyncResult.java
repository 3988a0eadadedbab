package dev.ashlar.lockfree.examples;

import dev.ashlar.api.PoolConfig;
import dev.ashlar.api.SupervisedPool;
import dev.ashlar.lockfree.LockFreePools;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Example: what one thread waits for and another completes, used for one request after another.
 *
 * <p>Whoever completes may come late, when the waiting thread has given up and the object belongs to the next request.
 * So a request has a ticket, and who completes must show it: a ticket of the past completes nothing. This is what every
 * pooled object needs that somebody may still refer to after its release.
 *
 * <p>The state holds the ticket and, in its low bit, whether it is being completed, so that the two change together.
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
     * @param maxIdle results kept ready at most
     */
    static <V> SupervisedPool<AsyncResult<V>> pool(int maxIdle) {
        return LockFreePools.create(PoolConfig.builder(AsyncResult<V>::new)
                .reset(AsyncResult::nextTicket)
                .maxIdle(maxIdle)
                .build());
    }

    /** What completes the current request. For the thread that has acquired it. */
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
        LockSupport.unpark(waiting); // if it is the next request's by now it looks and waits on
        return true;
    }

    /**
     * Waits for the result. For the thread that has acquired it.
     *
     * @param nanos how long at most
     * @throws TimeoutException if it did not come in time
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

    /** The reset. A completion that has begun is over in a moment, and must not write into the next request. */
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
