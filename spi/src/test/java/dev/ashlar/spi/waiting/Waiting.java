package dev.ashlar.spi.waiting;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/** Threads that run a task and then wait, each in another way. They are in another package, like clients. */
public final class Waiting {

    private static final long LONG = 60_000;

    private final Object monitor;
    private final ReentrantLock lock = new ReentrantLock();
    private final Pipe pipe = openPipe();
    private final List<Thread> threads = new ArrayList<>();

    /**
     * No threads yet.
     *
     * @param monitor the monitor that the caller holds, so that one thread is blocked
     */
    public Waiting(Object monitor) {
        this.monitor = monitor;
    }

    private interface Way {
        void await() throws InterruptedException, IOException;
    }

    private static Pipe openPipe() {
        try {
            return Pipe.open();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /**
     * Starts the threads.
     *
     * @param before the task of each thread before it waits
     */
    public List<Thread> start(Runnable before) {
        lock.lock();
        CountDownLatch never = new CountDownLatch(1);
        List<Way> ways = List.of(
                () -> LockSupport.parkNanos(LONG * 1_000_000),
                () -> Thread.sleep(LONG),
                never::await,
                () -> new SynchronousQueue<>().take(),
                lock::lockInterruptibly,
                () -> {
                    Object own = new Object();
                    synchronized (own) {
                        while (!Thread.currentThread().isInterrupted()) {
                            own.wait();
                        }
                    }
                },
                () -> {
                    synchronized (monitor) {
                        monitor.notifyAll();
                    }
                },
                () -> pipe.source().read(ByteBuffer.allocateDirect(1)));
        for (Way way : ways) {
            CountDownLatch ready = new CountDownLatch(1);
            threads.add(Thread.ofPlatform().daemon().start(() -> {
                before.run();
                ready.countDown();
                try {
                    way.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                } catch (IOException e) {
                    // closed, so the thread ends
                }
            }));
            try {
                ready.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        return threads;
    }

    /**
     * Whether a thread waits now, also in a native method.
     *
     * @param thread one of them
     */
    public boolean waits(Thread thread) {
        return switch (thread.getState()) {
            case WAITING, TIMED_WAITING, BLOCKED -> true;
            case RUNNABLE -> {
                StackTraceElement[] stack = thread.getStackTrace();
                yield stack.length > 0
                        && stack[0].isNativeMethod()
                        && stack[0].getMethodName().startsWith("read");
            }
            case NEW, TERMINATED -> false;
        };
    }

    /** Makes all threads end. The caller must not hold the monitor any more. */
    public void end() throws InterruptedException, IOException {
        threads.forEach(Thread::interrupt);
        pipe.source().close();
        pipe.sink().close();
        for (Thread thread : threads) {
            thread.join();
        }
    }
}
