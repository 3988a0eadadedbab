package dev.ashlar.adaptive.guice;

import dev.ashlar.spi.support.Closing;
import java.io.Closeable;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Closes every allocator and pool that an injector made through {@link AllocatorModule}: first the pools, whose objects
 * may hold blocks of any allocator, and then the allocators. Allocators and pools are closed in the reverse order of
 * their making, so a view is closed before the allocator under it. A program closes this once, when nothing uses them
 * any more.
 *
 * {@snippet class="dev.ashlar.verification.shown.InjectionCodeTest" region="lifecycle"}
 *
 * <p>In this way everything is closed also if the injector cannot be made, because another singleton fails. A program
 * that does not set a lifecycle gets that of its injector by {@code injector.getInstance(AllocatorLifecycle.class)}.
 *
 * <p>Safe for use by many threads.
 */
public final class AllocatorLifecycle implements Closeable {

    /** Allocators that were made, the latest first. Guarded by this. */
    private final Deque<AutoCloseable> allocators = new ArrayDeque<>();

    /** The same for pools and their watches. Guarded by this. */
    private final Deque<AutoCloseable> pools = new ArrayDeque<>();

    /** Guarded by this. */
    private boolean closed;

    /** Held by a thread that closes, while it calls the code of what it closes. */
    private final ReentrantLock closing = new ReentrantLock();

    /** A lifecycle with nothing to close yet. */
    public AllocatorLifecycle() {}

    /**
     * Makes an allocator that is closed with everything else. No lock is held meanwhile, because the maker may take
     * Guice's own lock.
     *
     * @throws IllegalStateException if this is closed; then nothing is made, or what was made is closed
     */
    <T extends AutoCloseable> T own(Supplier<? extends T> maker) {
        return own(maker, allocators);
    }

    /**
     * Makes a pool, or a watch of one, as {@link #own(Supplier)} makes an allocator. Pools are closed before
     * allocators.
     */
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
                    "The injector's allocators are closed. Close its AllocatorLifecycle after the last use.");
        }
    }

    /**
     * Closes everything. If one fails, the others are still closed. Closing again tries those that failed, such as an
     * allocator with a block in use by a foreign call. It does nothing if there are none. It waits for another thread
     * that is closing this. If what is being closed calls it, such as a destroyer of a pool, it does nothing.
     *
     * @throws IllegalStateException if some failed, with the exceptions; the rest is closed
     */
    @Override
    public void close() {
        if (closing.isHeldByCurrentThread()) {
            return;
        }
        closing.lock();
        try {
            synchronized (this) {
                closed = true;
            }
            Closing.all(() -> closeAll(pools), () -> closeAll(allocators));
        } finally {
            closing.unlock();
        }
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
