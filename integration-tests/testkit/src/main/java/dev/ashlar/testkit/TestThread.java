package dev.ashlar.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/**
 * A thread beside the test's own, which does what it is told and otherwise stays alive and idle. What it throws is
 * thrown in the test. Waiting for it ends in a failure that shows where it stands, after a patience that only a thread
 * which waits for ever uses up (system property {@code ashlar.patience}, in seconds, 60 by default; half an hour where
 * tests are long, because it bounds work too).
 */
final class TestThread implements AutoCloseable {

    private final ExecutorService executor;
    private final Thread[] thread = new Thread[1];

    /** What kind of thread. */
    enum Kind {
        PLATFORM,
        VIRTUAL;

        /** Both kinds in turns. */
        static Kind alternating(int number) {
            return number % 2 == 0 ? PLATFORM : VIRTUAL;
        }
    }

    /** What a thread is told to do. */
    @FunctionalInterface
    interface Task {
        void run() throws Exception;
    }

    TestThread(Kind kind) {
        Thread.Builder builder =
                kind == Kind.VIRTUAL ? Thread.ofVirtual() : Thread.ofPlatform().daemon();
        executor = Executors.newSingleThreadExecutor(task -> {
            thread[0] = builder.name("companion").unstarted(task);
            return thread[0];
        });
    }

    static TestThread platform() {
        return new TestThread(Kind.PLATFORM);
    }

    static TestThread virtual() {
        return new TestThread(Kind.VIRTUAL);
    }

    static Duration patience() {
        return Duration.ofSeconds(Long.getLong("ashlar.patience", TestLength.of(60, 1_800)));
    }

    /** As {@link #call}, without a result. */
    void run(Task task) {
        call(() -> {
            task.run();
            return true;
        });
    }

    /**
     * Does it there and waits for the result. The caller already waits when the task begins, and the thread waits again
     * when this returns: so of the two only the one that works counts as running.
     */
    <T> T call(Callable<T> task) {
        Thread caller = Thread.currentThread();
        T result = await(start(() -> {
            awaitDoneOrWaiting(new CompletableFuture<>(), caller);
            return task.call();
        }));
        awaitIdle();
        return result;
    }

    /** Begins it there. */
    <T> Future<T> start(Callable<T> task) {
        return executor.submit(task);
    }

    /** Waits for what was begun. */
    <T> T await(Future<T> started) {
        try {
            return started.get(patience().toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError("on another thread: " + e.getCause(), e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("the " + thread[0] + " still waits after " + patience() + ", at\n    "
                    + Arrays.stream(thread[0].getStackTrace())
                            .map(StackTraceElement::toString)
                            .collect(Collectors.joining("\n    ")));
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }

    /** Waits until the thread waits for something, and fails if it does not in time. */
    void awaitIdle() {
        awaitDoneOrIdle(new CompletableFuture<>());
    }

    /** Waits until the thread waits for something or has done what was begun. */
    void awaitDoneOrIdle(Future<?> started) {
        awaitDoneOrWaiting(started, thread[0]);
    }

    private static void awaitDoneOrWaiting(Future<?> started, Thread thread) {
        long until = System.nanoTime() + patience().toNanos();
        while (!started.isDone() && !isWaiting(thread.getState())) {
            if (System.nanoTime() > until) {
                throw new AssertionError("the " + thread + " does not come to wait");
            }
            Thread.onSpinWait();
        }
    }

    private static boolean isWaiting(Thread.State state) {
        return state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING || state == Thread.State.BLOCKED;
    }

    /** Interrupts the thread. */
    void interrupt() {
        thread[0].interrupt();
    }

    /**
     * Lets the thread end, and waits for that: whatever an allocator learns from the end of a thread, it can learn now.
     * A thread that still does something is one whose test has failed; it is interrupted, and not waited for for long.
     */
    @Override
    public void close() {
        executor.shutdownNow();
        try {
            if (executor.awaitTermination(1, TimeUnit.SECONDS) && thread[0] != null) {
                thread[0].join(patience());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Does the same on several threads, each told its number, and waits until all have ended. They begin together, when
     * the last of them has come to run.
     */
    static void together(Kind kind, int threads, NumberedTask task) {
        List<TestThread> companions = new ArrayList<>();
        CountDownLatch ready = new CountDownLatch(threads);
        try {
            List<Future<Boolean>> started = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int number = i;
                TestThread companion = new TestThread(kind);
                companions.add(companion);
                started.add(companion.start(() -> {
                    ready.countDown();
                    ready.await();
                    task.run(number);
                    return true;
                }));
            }
            for (int i = 0; i < threads; i++) {
                companions.get(i).await(started.get(i));
            }
        } finally {
            companions.forEach(TestThread::close);
        }
    }

    /** What one of several threads is told to do. */
    @FunctionalInterface
    interface NumberedTask {
        void run(int number) throws Exception;
    }
}
