package dev.ashlar.benchmarks.suite;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * The threads of one round. The thread that made the team sets the workload up, starts the others, and waits for them.
 * When one fails the others are stopped, and the failure is thrown where they are awaited.
 */
final class Team implements AutoCloseable {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final RawAllocator allocator;
    private final @Nullable Verifier verifier;
    private final int size;
    private final long seed;
    private final List<Client> clients = new CopyOnWriteArrayList<>();

    /** Of the thread that made the team, for what is not measured. */
    private final Client main;

    /** Threads that were started and not yet awaited. Only the thread that made the team removes them. */
    private final Queue<Thread> started = new ConcurrentLinkedQueue<>();

    private final AtomicReference<@Nullable CheckFailure> failure = new AtomicReference<>();
    private final CountDownLatch failed = new CountDownLatch(1);
    private final LongAdder heapBytes = new LongAdder();
    private volatile boolean stopped;

    /**
     * A team without threads.
     *
     * @param size how many threads the workload has to use
     */
    Team(RawAllocator allocator, @Nullable Verifier verifier, int size, long seed) {
        this.allocator = allocator;
        this.verifier = verifier;
        this.size = size;
        this.seed = seed;
        this.main = new Client(-1, seed, allocator, verifier);
    }

    /** What a thread does. */
    @FunctionalInterface
    interface Task {
        void run(Client client) throws Exception;
    }

    /** How many threads the workload has to use. */
    int size() {
        return size;
    }

    /** The access of the thread that made the team, for what is not measured. */
    Client main() {
        return main;
    }

    /** A new access, for a thread that is measured. */
    Client newClient() {
        Client client = new Client(clients.size(), seed, allocator, verifier);
        clients.add(client);
        return client;
    }

    /** Runs a task on as many threads as the workload has to use, and returns the time in nanoseconds. */
    long time(Task task) throws InterruptedException {
        return time(0, task);
    }

    /**
     * Runs a task on as many threads as the workload has to use, and returns the time in nanoseconds.
     *
     * @param millis after this time {@link #isStopped} says so; 0 for never
     */
    long time(long millis, Task task) throws InterruptedException {
        long start = System.nanoTime();
        for (int i = 0; i < size; i++) {
            start(newClient(), task);
        }
        join(millis);
        return System.nanoTime() - start;
    }

    /** Starts a thread. A thread of the team may start its successor. */
    void start(Client client, Task task) {
        Thread thread = allocator.threads().newThread(() -> runGuarded(client, task));
        started.add(thread);
        thread.start();
        if (failure.get() != null) {
            thread.interrupt(); // the thread that failed may have interrupted the others before this one was there
        }
    }

    /** Runs a task on the calling thread, measured as if it had its own. */
    void runHere(Client client, Task task) {
        runGuarded(client, task);
        throwFailure();
    }

    private void runGuarded(Client client, Task task) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        try {
            task.run(client);
        } catch (Throwable e) {
            // The first failure counts: it interrupts the other threads, which then fail too.
            CheckFailure first = new CheckFailure(describe(client) + ": " + message(e), e);
            if (failure.compareAndSet(null, first)) {
                stopped = true;
                failed.countDown();
                started.forEach(Thread::interrupt);
            }
        }
        heapBytes.add(THREADS.getCurrentThreadAllocatedBytes() - before);
    }

    /** Runs what is not measured. */
    void prepare(Task task) {
        try {
            task.run(main);
        } catch (Exception e) {
            throw new CheckFailure(describe(main) + ": " + message(e), e);
        }
    }

    private String describe(Client client) {
        return client + ", seed " + seed;
    }

    private static String message(Throwable e) {
        return e instanceof CheckFailure ? String.valueOf(e.getMessage()) : e.toString();
    }

    /** Waits for all threads that were started, and those that they start. */
    void join() throws InterruptedException {
        join(0);
    }

    /**
     * Waits for all threads that were started, and those that they start.
     *
     * @param millis after this time {@link #isStopped} says so; 0 for never
     */
    void join(long millis) throws InterruptedException {
        if (millis > 0) {
            failed.await(millis, TimeUnit.MILLISECONDS);
            stopped = true;
        }
        joinAll();
        throwFailure();
    }

    /** A thread stays in the queue until it has ended, so that a failure of another one can interrupt it. */
    private void joinAll() throws InterruptedException {
        // A thread adds its successor before it ends, so the queue is empty only after the last one.
        for (Thread thread = started.peek(); thread != null; thread = started.peek()) {
            thread.join();
            started.remove();
        }
    }

    private void throwFailure() {
        CheckFailure first = failure.get();
        if (first != null) {
            throw first;
        }
    }

    /** Whether the time is over. */
    boolean isStopped() {
        return stopped;
    }

    /** The operations that all threads counted. */
    long operations() {
        return clients.stream().mapToLong(Client::operations).sum();
    }

    /** Bytes that the threads allocated on the Java heap. */
    long heapBytes() {
        return heapBytes.sum();
    }

    /** Bytes that are live now. Under concurrency it is a moment's approximation. */
    long requestedBytes() {
        return main.requestedBytes()
                + clients.stream().mapToLong(Client::requestedBytes).sum();
    }

    /** Adds the latencies of all threads. */
    void addLatencies(Histogram to) {
        clients.forEach(client -> to.add(client.latencies));
    }

    /** Stops and awaits all threads, unless it is interrupted. */
    @Override
    public void close() {
        stopped = true;
        started.forEach(Thread::interrupt);
        try {
            joinAll();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
