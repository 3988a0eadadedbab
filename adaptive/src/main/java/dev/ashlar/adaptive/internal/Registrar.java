package dev.ashlar.adaptive.internal;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the passes of an allocator, on the one daemon thread that all allocators share. It does not keep an allocator from
 * being collected that somebody forgot to close. The thread ends when there is nothing to do for a while.
 */
final class Registrar {

    private static final Logger LOG = LoggerFactory.getLogger(Registrar.class);

    private static final Duration THREAD_KEPT = Duration.ofSeconds(10);

    private static final ScheduledThreadPoolExecutor THREAD = thread();

    private final WeakReference<TieredAllocator> allocator;
    private final Duration sampling;
    private @Nullable ScheduledFuture<?> passes;

    /** For the housekeeping thread. */
    private @Nullable ScheduledFuture<?> endOfSampling;

    private Registrar(TieredAllocator allocator, Duration sampling) {
        this.allocator = new WeakReference<>(allocator);
        this.sampling = sampling;
    }

    private static ScheduledThreadPoolExecutor thread() {
        ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("ashlar-housekeeping").factory());
        executor.setKeepAliveTime(THREAD_KEPT.toNanos(), TimeUnit.NANOSECONDS);
        executor.allowCoreThreadTimeOut(true);
        executor.setRemoveOnCancelPolicy(true);
        return executor;
    }

    /**
     * Makes passes until closed.
     *
     * @param sampling how long after each pass sizes are counted if there is any use in it, zero for never
     */
    static Registrar register(TieredAllocator allocator, Duration interval, Duration sampling) {
        Registrar registrar = new Registrar(allocator, sampling);
        registrar.passes = THREAD.scheduleWithFixedDelay(
                registrar::pass, interval.toNanos(), interval.toNanos(), TimeUnit.NANOSECONDS);
        return registrar;
    }

    private void pass() {
        TieredAllocator alive = allocator.get();
        if (alive == null) {
            close();
            return;
        }
        try {
            alive.housekeep();
            if (!sampling.isZero() && alive.wantsSizes()) {
                alive.setSampling(true);
                endOfSampling = THREAD.schedule(this::endSampling, sampling.toNanos(), TimeUnit.NANOSECONDS);
            }
        } catch (IllegalStateException e) {
            LOG.debug("an allocator was closed during a pass", e);
        } catch (RuntimeException e) {
            LOG.warn("a housekeeping pass failed; the next one comes all the same", e);
        }
    }

    private void endSampling() {
        TieredAllocator alive = allocator.get();
        if (alive != null) {
            alive.setSampling(false);
        }
    }

    void close() {
        ScheduledFuture<?> scheduled = passes;
        if (scheduled != null) {
            scheduled.cancel(false);
        }
        ScheduledFuture<?> end = endOfSampling;
        if (end != null) {
            end.cancel(false);
        }
    }
}
