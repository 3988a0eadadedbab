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
 * A second thread of a test. It runs tasks, and otherwise stays alive and idle. What it throws is thrown in the test.
 * If a task does not end in time, waiting for it fails and shows the stack of the thread. The time is the system
 * property {@code ashlar.patience} in seconds. It is 60 by default, and half an hour in long tests.
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

    /** A task of the thread. */
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
     * Runs a task there and waits for the result. The caller already waits when the task begins, and the thread waits
     * again when this returns. So only one of the two counts as running.
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

    /** Starts a task there. */
    <T> Future<T> start(Callable<T> task) {
        return executor.submit(task);
    }

    /** Waits for the started task. */
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

    /** Waits until the thread waits for something or has ended its task. */
    void awaitDoneOrIdle(Future<?> started) {
        awaitDoneOrWaiting(started, thread[0]);
    }

    private static void awaitDoneOrWaiting(Future<?> started, Thread thread) {
        long until = System.nanoTime() + patience().toNanos();
        while (!started.isDone() && !isWaiting(thread.getState())) {
            if (System.nanoTime() > until) {
                throw new AssertionError("the " + thread + " does not come to wait");
            }
            Race.letOthersRun();
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
     * Ends the thread and waits for that, so an allocator can see that the thread has ended. If the thread is still in
     * a task, its test has failed: it is interrupted, and this waits only for a short time.
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
     * Runs the same task on several threads, each with its number, and waits until all have ended. They start together,
     * when the last of them is running.
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

    /** The task of one of several threads. */
    @FunctionalInterface
    interface NumberedTask {
        void run(int number) throws Exception;
    }
}
