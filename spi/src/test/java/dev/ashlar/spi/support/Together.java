package dev.ashlar.spi.support;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Threads that start at the same time. */
final class Together {

    static final boolean LONG = "long".equals(System.getProperty("ashlar.tests"));

    /** The task of one thread. */
    interface Task {
        void run() throws Exception;
    }

    private Together() {}

    /** Runs each task in a thread and waits for all. Throws the exception of the first failed task. */
    static void run(List<? extends Task> tasks) {
        CyclicBarrier start = new CyclicBarrier(tasks.size());
        try (ExecutorService threads = Executors.newFixedThreadPool(tasks.size())) {
            List<Callable<Boolean>> calls = tasks.stream()
                    .<Callable<Boolean>>map(task -> () -> {
                        start.await();
                        task.run();
                        return true;
                    })
                    .toList();
            for (Future<Boolean> done : threads.invokeAll(calls)) {
                done.get();
            }
        } catch (ExecutionException e) {
            throw new AssertionError("a thread failed: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
