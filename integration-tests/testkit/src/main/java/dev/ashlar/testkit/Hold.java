package dev.ashlar.testkit;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A place where one thread is stopped in the middle of something, until the test lets it go. Closing lets it go. */
public final class Hold implements AutoCloseable {

    private final CountDownLatch entered = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);

    Hold() {}

    /** Stops the calling thread; not for ever, in case that it is the one that would have to let itself go. */
    void enter() {
        entered.countDown();
        try {
            if (!released.await(2 * TestThread.patience().toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("nobody lets this thread go");
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

    /** Lets the thread go. */
    public void release() {
        released.countDown();
    }

    @Override
    public void close() {
        release();
    }
}
