package dev.ashlar.cache;

import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A clock that halts a thread when it has taken a value from disk, before the value is in memory. */
final class HaltingClock implements LongSupplier {

    private final CountDownLatch isHalted = new CountDownLatch(1);
    private final CountDownLatch mayGoOn = new CountDownLatch(1);
    private volatile @Nullable Thread thread;
    private volatile @Nullable OffHeapCache<?> cache;

    /** Starts a task that reads one value from disk, and waits until its thread is halted. */
    <T> Future<T> halt(OffHeapCache<?> cache, Callable<T> task) {
        FutureTask<T> result = new FutureTask<>(task);
        this.cache = cache;
        Thread started = new Thread(result);
        thread = started;
        started.start();
        Threads.await(isHalted);
        return result;
    }

    void goOn() {
        mayGoOn.countDown();
    }

    @Override
    public long getAsLong() {
        OffHeapCache<?> watched = cache;
        if (watched != null
                && Thread.currentThread() == thread
                && watched.stats().disk().promotions() > 0) {
            isHalted.countDown();
            Threads.await(mayGoOn);
        }
        return 0;
    }
}
