package dev.ashlar.adaptive.internal;

import dev.ashlar.adaptive.PressureListener;
import dev.ashlar.adaptive.Registration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done before a request is refused: idle memory of all parts goes back, so that the part which needs it can take
 * it, and then those who listen for pressure are asked to free blocks.
 */
final class Reclaimer {

    private static final Logger LOG = LoggerFactory.getLogger(Reclaimer.class);

    private final Composition composition;
    private final List<PressureListener> listeners = new CopyOnWriteArrayList<>();

    /** Set while this thread asks listeners, whose own requests must not ask again. */
    private final ThreadLocal<Boolean> asking = new ThreadLocal<>();

    Reclaimer(Composition composition) {
        this.composition = composition;
    }

    Registration listen(PressureListener listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /**
     * Makes a request again, after each step that may have made room for it.
     *
     * @param wantedBytes what the request needs
     * @param request gives null if it is refused
     * @return what came of it, or null if it is refused for good
     */
    <B> @Nullable B retry(long wantedBytes, Supplier<@Nullable B> request) {
        B served = null;
        if (composition.trim() > 0) {
            served = request.get();
        }
        if (served == null && ask(wantedBytes)) {
            served = request.get();
            if (served == null && composition.trim() > 0) {
                served = request.get();
            }
        }
        return served;
    }

    /** Asks the listeners to free blocks; false if there is nobody to ask. */
    boolean ask(long wantedBytes) {
        if (listeners.isEmpty() || asking.get() != null) {
            return false;
        }
        asking.set(true);
        try {
            for (PressureListener listener : listeners) {
                tell(listener, wantedBytes);
            }
        } finally {
            asking.remove();
        }
        return true;
    }

    private static void tell(PressureListener listener, long wantedBytes) {
        try {
            listener.onPressure(wantedBytes);
        } catch (RuntimeException e) {
            LOG.warn("a pressure listener failed", e);
        }
    }
}
