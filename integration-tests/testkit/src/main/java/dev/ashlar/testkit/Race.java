package dev.ashlar.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks on several threads at the same moment. It makes interleavings likely, not certain, so a passed race proves
 * nothing.
 *
 * <p>The first failure of a thread interrupts the others, which {@link #await} notices, and is thrown to the caller.
 */
public final class Race {

    /** The task of one thread. */
    @FunctionalInterface
    public interface Task {
        /**
         * Runs the task.
         *
         * @throws Exception to fail the race
         */
        void run() throws Exception;
    }

    /** Checks of a condition between two yields to other threads. */
    private static final int SPINS = 200;

    private Race() {}

    /**
     * Runs each task in a platform thread, all from the same moment, and returns when all threads have ended.
     *
     * @param tasks what they do
     * @throws AssertionError if one failed, with the first failure as its cause
     */
    public static void run(List<Task> tasks) {
        run(Thread.ofPlatform().daemon(), tasks);
    }

    /**
     * Runs each task in a thread of its own, all from the same moment, and returns when all threads have ended.
     *
     * @param threads makes the threads
     * @param tasks what they do
     * @throws AssertionError if one failed, with the first failure as its cause
     */
    public static void run(Thread.Builder threads, List<Task> tasks) {
        List<Thread> started = new ArrayList<>();
        CountDownLatch start = new CountDownLatch(1);
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        for (Task task : tasks) {
            started.add(threads.start(() -> {
                try {
                    start.await();
                    task.run();
                } catch (Throwable e) {
                    if (failure.compareAndSet(null, e)) {
                        started.forEach(Thread::interrupt);
                    }
                }
            }));
        }
        start.countDown();
        try {
            for (Thread thread : started) {
                thread.join();
            }
        } catch (InterruptedException e) {
            started.forEach(Thread::interrupt);
            failure.compareAndSet(null, e);
        }
        Throwable first = failure.get();
        if (first != null) {
            throw new AssertionError("A thread failed: " + first.getMessage(), first);
        }
    }

    /**
     * Waits for another thread.
     *
     * @param condition true when the other thread is done
     * @throws InterruptedException if another thread of the race failed
     */
    public static void await(BooleanSupplier condition) throws InterruptedException {
        int tries = 0;
        while (!condition.getAsBoolean()) {
            if (Thread.interrupted()) {
                throw new InterruptedException("another thread failed");
            }
            tries++;
            if (tries % SPINS != 0) {
                Thread.onSpinWait();
            } else {
                letOthersRun();
            }
        }
    }

    /**
     * Lets other threads run: there may be fewer processors than threads, and most of the time one waits for another.
     */
    @SuppressWarnings("ThreadPriorityCheck") // speed, not correctness, depends on the scheduler
    public static void letOthersRun() {
        Thread.yield();
    }
}
