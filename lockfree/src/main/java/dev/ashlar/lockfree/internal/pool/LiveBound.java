package dev.ashlar.lockfree.internal.pool;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * How many objects may be live at the same time. Entering and leaving is lock-free, except that whoever asks to wait
 * waits.
 *
 * <p>When the pool closes one place is added. A waiting thread gets it, finds the pool closed and leaves, which gives
 * it to the next, so that nobody goes on waiting.
 */
public final class LiveBound {

    private final Semaphore places;

    /**
     * A bound that nobody has used.
     *
     * @param maxLive 1 or more
     */
    public LiveBound(int maxLive) {
        places = new Semaphore(Math.min(maxLive, Integer.MAX_VALUE - 1)); // one is added in the end
    }

    /** Takes a place if there is one. */
    public boolean tryEnter() {
        return places.tryAcquire();
    }

    /**
     * Takes a place, or waits for one.
     *
     * @param nanos how long at most
     * @return false if there was none in time
     * @throws InterruptedException if the thread is interrupted while it waits
     */
    public boolean enter(long nanos) throws InterruptedException {
        return places.tryAcquire(nanos, TimeUnit.NANOSECONDS);
    }

    /** Gives a place back. */
    public void leave() {
        places.release();
    }

    /** Wakes whoever waits now or later. */
    public void close() {
        places.release();
    }
}
