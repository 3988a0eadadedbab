package dev.ashlar.adaptive.guice;

import dev.ashlar.spi.support.Closing;
import java.io.Closeable;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;

/**
 * Closes every allocator and pool that an injector made through {@link AllocatorModule}, in the reverse order of their
 * making: what was made from another is closed before it. A program closes it once, when nothing uses them any more.
 *
 * <pre>{@code
 * try (AllocatorLifecycle lifecycle = injector.getInstance(AllocatorLifecycle.class)) {
 *     injector.getInstance(Server.class).run();
 * }
 * }</pre>
 *
 * <p>Safe for use by many threads.
 */
public final class AllocatorLifecycle implements Closeable {

    /** What was made, the latest first. Guarded by this. */
    private final Deque<AutoCloseable> made = new ArrayDeque<>();

    /** Guarded by this. */
    private boolean closed;

    AllocatorLifecycle() {}

    /**
     * Makes something that is closed with everything else. No lock is held meanwhile: to make it may take Guice's own.
     *
     * @throws IllegalStateException if this is closed; nothing is made then, or it is closed again
     */
    <T extends AutoCloseable> T own(Supplier<? extends T> maker) {
        requireOpen();
        T one = maker.get();
        try {
            keep(one);
        } catch (IllegalStateException e) {
            closeOne(one);
            throw e;
        }
        return one;
    }

    private synchronized void keep(AutoCloseable one) {
        requireOpen();
        made.addFirst(one);
    }

    private synchronized void requireOpen() {
        if (closed) {
            throw new IllegalStateException(
                    "The injector's allocators are closed. Close its AllocatorLifecycle only when nothing asks for more.");
        }
    }

    /**
     * Closes everything. One that fails does not keep the others open. Closing again does nothing.
     *
     * @throws IllegalStateException if some failed, with what they threw; the rest is closed
     */
    @Override
    public void close() {
        List<AutoCloseable> all;
        synchronized (this) {
            closed = true;
            all = List.copyOf(made);
            made.clear();
        }
        Closing.each(all, AllocatorLifecycle::closeOne);
    }

    private static void closeOne(AutoCloseable one) {
        try {
            one.close();
        } catch (Exception e) {
            throw new IllegalStateException("Could not close " + one, e);
        }
    }
}
