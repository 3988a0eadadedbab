package dev.ashlar.verification.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;

/** Runs tasks at the same time, each on a new thread. Afterwards all of these threads have ended. */
public final class Generation {

    private final List<FutureTask<Void>> tasks = new ArrayList<>();

    public void add(Runnable task) {
        tasks.add(new FutureTask<>(task, null));
    }

    /**
     * Runs all tasks.
     *
     * @throws ExecutionException if one failed
     */
    public void run(ThreadFactory factory) throws InterruptedException, ExecutionException {
        List<Thread> threads = tasks.stream().map(factory::newThread).toList();
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join(); // a thread ends after its task, and owns memory until then
        }
        for (FutureTask<Void> task : tasks) {
            task.get();
        }
    }
}
