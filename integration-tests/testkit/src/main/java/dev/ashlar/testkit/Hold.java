package dev.ashlar.testkit;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Stops one thread in the middle of an operation, until the test releases it. Closing releases it. */
public final class Hold implements AutoCloseable {

    private final CountDownLatch entered = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);

    Hold() {}

    /** Stops the calling thread, for a bounded time, in case the same thread would have to release it. */
    void enter() {
        entered.countDown();
        try {
            if (!released.await(2 * TestThread.patience().toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("no other thread released this thread");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits until a thread is held, and fails if none is in time. */
    public void awaitEntered() {
        try {
            if (!entered.await(TestThread.patience().toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("no thread has come to where it was to be held");
            }
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }

    /** Whether a thread is held, or was. */
    public boolean isEntered() {
        return entered.getCount() == 0;
    }

    /** Releases the thread. */
    public void release() {
        released.countDown();
    }

    @Override
    public void close() {
        release();
    }
}
