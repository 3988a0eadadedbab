package dev.ashlar.adaptive.internal;

import dev.ashlar.spi.support.HousekeepingThread;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The passes of an allocator on the {@link HousekeepingThread}. They do not prevent the collection of an allocator that
 * was never closed.
 */
final class Passes {

    private static final Logger LOG = LoggerFactory.getLogger(Passes.class);

    private final WeakReference<TieredAllocator> allocator;
    private final Duration sampling;
    private final ScheduledFuture<?> runs;
    private volatile boolean closed;

    /**
     * Runs passes until closed.
     *
     * @param sampling how long after each pass sizes are counted, if they are used at all; zero for never
     */
    Passes(TieredAllocator allocator, Duration interval, Duration sampling) {
        this.allocator = new WeakReference<>(allocator);
        this.sampling = sampling;
        runs = HousekeepingThread.repeat(interval, this::pass);
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
                HousekeepingThread.runAfter(sampling, this::endSampling);
            }
        } catch (RuntimeException | Error e) {
            if (closed) {
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
        closed = true;
        runs.cancel(false);
    }
}
