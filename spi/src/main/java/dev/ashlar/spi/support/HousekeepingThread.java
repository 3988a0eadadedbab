package dev.ashlar.spi.support;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one background thread of Ashlar: work that no caller of an allocator should wait for runs here. It is a daemon.
 * It keeps no class loader and no inherited thread locals of the thread that gave it the first task. It ends when there
 * has been nothing to do for a while.
 *
 * <p>Safe for use by many threads. Tasks run one after another, so they must be short. A task that is to be repeated
 * should hold its subject by a weak reference.
 */
public final class HousekeepingThread {

    private static final Logger LOG = LoggerFactory.getLogger(HousekeepingThread.class);

    private static final Duration THREAD_KEPT = Duration.ofSeconds(10);

    private static final ScheduledThreadPoolExecutor THREAD = thread();

    private HousekeepingThread() {}

    /** A thread that starts when it gets work. For tests, too. */
    static ScheduledThreadPoolExecutor thread() {
        Thread.Builder housekeeping = Thread.ofPlatform().daemon().name("ashlar-housekeeping");
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(
                1, housekeeping.inheritInheritableThreadLocals(false).factory());
        executor.setKeepAliveTime(THREAD_KEPT.toNanos(), TimeUnit.NANOSECONDS);
        executor.allowCoreThreadTimeOut(true);
        executor.setRemoveOnCancelPolicy(true);
        return executor;
    }

    /**
     * Runs a task once. If it throws, that is logged.
     *
     * @param delay how long after this call
     * @param task what to do
     */
    public static void runAfter(Duration delay, Runnable task) {
        Future<?> _ = schedule(delay, task);
    }

    /**
     * Runs a task once. If it throws, that is logged.
     *
     * @param delay how long after this call; after some 292 years at the latest
     * @param task what to do
     * @return cancel it if it is not to run any more
     */
    public static ScheduledFuture<?> schedule(Duration delay, Runnable task) {
        return THREAD.schedule(() -> runLogged(task), TimeUnit.NANOSECONDS.convert(delay), TimeUnit.NANOSECONDS);
    }

    /**
     * Runs a task again and again, until the result is cancelled. If the task throws, that is logged, and it still runs
     * the next time.
     *
     * @param interval the time before the first run, and between the end of a run and the next one
     * @param task what to do
     * @return cancel it to end the runs
     */
    public static ScheduledFuture<?> repeat(Duration interval, Runnable task) {
        long nanos = TimeUnit.NANOSECONDS.convert(interval);
        return THREAD.scheduleWithFixedDelay(() -> runLogged(task), nanos, nanos, TimeUnit.NANOSECONDS);
    }

    private static void runLogged(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) { // an Error would end the runs
            LOG.warn("a housekeeping task failed", e);
        }
    }
}
