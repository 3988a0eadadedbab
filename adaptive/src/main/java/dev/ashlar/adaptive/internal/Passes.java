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
    private final ScheduledFuture<?> runs;
    private volatile boolean closed;

    /** Runs passes until closed. */
    Passes(TieredAllocator allocator, Duration interval) {
        this.allocator = new WeakReference<>(allocator);
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
        } catch (RuntimeException | Error e) {
            if (closed) {
                LOG.debug("an allocator was closed during a pass", e);
            } else {
                LOG.warn("a housekeeping pass failed; the next one will still run", e);
            }
        }
    }

    void close() {
        closed = true;
        runs.cancel(false);
    }
}
