package dev.ashlar.adaptive.guice;

import java.io.Closeable;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;

/**
 * Closes every allocator and pool that an injector made through {@link AllocatorModule}, in the reverse order of their
 * making: what was made from another goes before it. A program closes it once, when nothing uses them any more.
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
     * Makes something that is closed with everything else.
     *
     * @throws IllegalStateException if this is closed; nothing is made then
     */
    synchronized <T extends AutoCloseable> T own(Supplier<? extends T> maker) {
        if (closed) {
            throw new IllegalStateException(
                    "The injector's allocators are closed. Close its AllocatorLifecycle only when nothing asks for more.");
        }
        T one = maker.get();
        made.addFirst(one);
        return one;
    }

    /**
     * Closes everything. One that fails does not keep the others open. Closing again does nothing.
     *
     * @throws IllegalStateException if some failed, with what they threw; the rest is closed
     */
    @Override
    public void close() {
        Deque<AutoCloseable> all;
        synchronized (this) {
            closed = true;
            all = new ArrayDeque<>(made);
            made.clear();
        }
        IllegalStateException failure = null;
        for (AutoCloseable one : all) {
            try {
                one.close();
            } catch (Exception e) { // whatever it is, the others are closed too
                if (failure == null) {
                    failure = new IllegalStateException("Could not close " + one);
                }
                failure.addSuppressed(e);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
