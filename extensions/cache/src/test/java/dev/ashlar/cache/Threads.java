package dev.ashlar.cache;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;

/** Waits of tests. */
final class Threads {

    private Threads() {}

    static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Waits until a thread waits for another one, or has ended its task. */
    static void awaitWaitingOrDone(Thread thread, Future<?> task) {
        while (!task.isDone()
                && thread.getState() != Thread.State.WAITING
                && thread.getState() != Thread.State.BLOCKED) {
            Thread.onSpinWait();
        }
    }
}
