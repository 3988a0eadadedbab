package dev.ashlar.arena;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;

/** Runs tasks in threads that start at the same time. */
public final class Threads {

    private Threads() {}

    /** The task of one thread. */
    @FunctionalInterface
    public interface Action {
        void run() throws Exception;
    }

    /** Runs each task in a platform thread of its own, all at the same time. */
    public static void run(List<Action> tasks) throws Exception {
        run(Thread.ofPlatform().factory(), tasks);
    }

    /**
     * Runs each task in a thread of its own, all at the same time.
     *
     * @throws java.util.concurrent.ExecutionException if one failed
     */
    public static void run(ThreadFactory threads, List<Action> tasks) throws Exception {
        try (ExecutorService executor = Executors.newThreadPerTaskExecutor(threads)) {
            CountDownLatch start = new CountDownLatch(1);
            List<Future<?>> futures = new ArrayList<>();
            for (Action task : tasks) {
                futures.add(executor.submit(() -> {
                    start.await();
                    task.run();
                    return null;
                }));
            }
            start.countDown();
            for (Future<?> future : futures) {
                future.get();
            }
        }
    }

    /** Runs one task in another thread. */
    public static void runElsewhere(Action task) throws Exception {
        run(List.of(task));
    }
}
