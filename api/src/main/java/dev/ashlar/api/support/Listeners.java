package dev.ashlar.api.support;

import dev.ashlar.api.Registration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Listeners, in the order in which they were added. One that was added twice is there twice, and each registration
 * removes what it added. Safe for use by many threads.
 *
 * @param <L> the type of a listener
 */
public final class Listeners<L> {

    private final List<Added<L>> all = new CopyOnWriteArrayList<>();

    /** None yet. */
    public Listeners() {}

    /** A listener as it was added once: only the same object is equal. */
    private static final class Added<L> {
        private final L listener;

        Added(L listener) {
            this.listener = listener;
        }
    }

    /**
     * Adds a listener. Costs time in proportion to the listeners.
     *
     * @return removes it again
     */
    public Registration add(L listener) {
        Added<L> added = new Added<>(Objects.requireNonNull(listener, "listener"));
        all.add(added);
        return () -> all.remove(added);
    }

    /** Whether there is none. One read. */
    public boolean isEmpty() {
        return all.isEmpty();
    }

    /** Those that are there at this moment, as a new list. */
    public List<L> now() {
        return all.stream().map(added -> added.listener).toList();
    }
}
