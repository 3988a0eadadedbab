package dev.ashlar.adaptive.guice;

import dev.ashlar.spi.support.Closing;
import java.io.Closeable;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;

/**
 * Closes every allocator and pool that an injector made through {@link AllocatorModule}: first the pools, whose objects
 * may hold blocks of any allocator, and then the allocators. Of each kind what was made from another is closed before
 * it, in the reverse order of their making. A program closes it once, when nothing uses them any more.
 *
 * {@snippet class="dev.ashlar.verification.shown.InjectionCodeTest" region="lifecycle"}
 *
 * <p>So all is closed also if the injector cannot be made, because another singleton fails. A program that does not set
 * one gets its injector's own by {@code injector.getInstance(AllocatorLifecycle.class)}.
 *
 * <p>Safe for use by many threads.
 */
public final class AllocatorLifecycle implements Closeable {

    /** Allocators that were made, the latest first. Guarded by this. */
    private final Deque<AutoCloseable> allocators = new ArrayDeque<>();

    /** The same for pools, and what watches them. Guarded by this. */
    private final Deque<AutoCloseable> pools = new ArrayDeque<>();

    /** Guarded by this. */
    private boolean closed;

    /** With nothing to close yet. */
    public AllocatorLifecycle() {}

    /**
     * Makes an allocator that is closed with everything else. No lock is held meanwhile: to make it may take Guice's
     * own.
     *
     * @throws IllegalStateException if this is closed; nothing is made then, or it is closed again
     */
    <T extends AutoCloseable> T own(Supplier<? extends T> maker) {
        return own(maker, allocators);
    }

    /** Makes a pool, or what watches one, as {@link #own(Supplier)} does an allocator. It is closed before those. */
    <T extends AutoCloseable> T ownPool(Supplier<? extends T> maker) {
        return own(maker, pools);
    }

    private <T extends AutoCloseable> T own(Supplier<? extends T> maker, Deque<AutoCloseable> kind) {
        requireOpen();
        T one = maker.get();
        try {
            keep(one, kind);
        } catch (IllegalStateException e) {
            closeOne(one);
            throw e;
        }
        return one;
    }

    private synchronized void keep(AutoCloseable one, Deque<AutoCloseable> kind) {
        requireOpen();
        kind.addFirst(one);
    }

    private synchronized void requireOpen() {
        if (closed) {
            throw new IllegalStateException(
                    "The injector's allocators are closed. Close its AllocatorLifecycle only when nothing asks for more.");
        }
    }

    /**
     * Closes everything. One that fails does not keep the others open. Closing again tries those that failed, such as
     * an allocator of which a foreign call used a block, and does nothing if there are none.
     *
     * @throws IllegalStateException if some failed, with what they threw; the rest is closed
     */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        Closing.all(() -> closeAll(pools), () -> closeAll(allocators));
    }

    private void closeAll(Deque<AutoCloseable> kind) {
        List<AutoCloseable> all;
        synchronized (this) {
            all = List.copyOf(kind);
            kind.clear();
        }
        Closing.each(all, one -> {
            try {
                closeOne(one);
            } catch (RuntimeException | Error e) {
                synchronized (this) {
                    kind.addLast(one);
                }
                throw e;
            }
        });
    }

    private static void closeOne(AutoCloseable one) {
        try {
            one.close();
        } catch (Exception e) {
            throw new IllegalStateException("Could not close " + one, e);
        }
    }
}
