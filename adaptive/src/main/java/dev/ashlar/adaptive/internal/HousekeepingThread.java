package dev.ashlar.adaptive.internal;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the passes of an allocator, on one daemon thread that all allocators share. It does not prevent the collection
 * of an allocator that was never closed. It keeps no class loader and no inherited thread locals of the thread that
 * made the first allocator. The thread ends when there is nothing to do for a while.
 */
final class HousekeepingThread {

    private static final Logger LOG = LoggerFactory.getLogger(HousekeepingThread.class);

    private static final Duration THREAD_KEPT = Duration.ofSeconds(10);

    private static final ScheduledThreadPoolExecutor THREAD = thread();

    private final WeakReference<TieredAllocator> allocator;
    private final Duration sampling;
    private final ScheduledFuture<?> passes;

    /**
     * Runs passes until closed.
     *
     * @param sampling how long after each pass sizes are counted, if they are used at all; zero for never
     */
    HousekeepingThread(TieredAllocator allocator, Duration interval, Duration sampling) {
        this.allocator = new WeakReference<>(allocator);
        this.sampling = sampling;
        long nanos = interval.toNanos();
        passes = THREAD.scheduleWithFixedDelay(this::pass, nanos, nanos, TimeUnit.NANOSECONDS);
    }

    /** A thread for passes, which starts when it gets work. */
    static ScheduledThreadPoolExecutor thread() {
        Thread.Builder housekeeping = Thread.ofPlatform().daemon().name("ashlar-housekeeping");
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(
                1, housekeeping.inheritInheritableThreadLocals(false).factory());
        executor.setKeepAliveTime(THREAD_KEPT.toNanos(), TimeUnit.NANOSECONDS);
        executor.allowCoreThreadTimeOut(true);
        executor.setRemoveOnCancelPolicy(true);
        return executor;
    }

    private void pass() {
        TieredAllocator alive = allocator.get();
        if (alive == null) {
            close();
            return;
        }
        try {
            alive.housekeep();
            if (!sampling.isZero() && alive.sampling.isOfUse()) {
                alive.sampling.isOn = true;
                Future<?> _ = THREAD.schedule(this::endSampling, sampling.toNanos(), TimeUnit.NANOSECONDS);
            }
        } catch (RuntimeException | Error e) { // an Error would end the passes
            if (alive.isClosed()) {
                LOG.debug("an allocator was closed during a pass", e);
            } else {
                LOG.warn("a housekeeping pass failed; the next one will still run", e);
            }
        }
    }

    private void endSampling() {
        TieredAllocator alive = allocator.get();
        if (alive != null) {
            alive.sampling.isOn = false;
        }
    }

    void close() {
        passes.cancel(false);
    }
}
