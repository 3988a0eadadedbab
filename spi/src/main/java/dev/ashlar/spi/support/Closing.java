package dev.ashlar.spi.support;

import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Closes many things, of which some may be in use. All that can be closed are closed, and the failures are thrown at
 * the end. The owner must keep the things that could not be closed, and close them when it is closed again (rule 9).
 */
public final class Closing {

    private Closing() {}

    /**
     * Runs every step, also after one that throws.
     *
     * @param steps in this order
     * @throws RuntimeException the first that was thrown, with the others suppressed
     */
    public static void all(Runnable... steps) {
        each(List.of(steps), Runnable::run);
    }

    /**
     * Closes everything, also after a thing that cannot be closed. The collection is copied first, so each thing is
     * closed once, even if it is put back into the collection because its close failed.
     *
     * @param things in this order
     * @param close closes one, or throws
     * @throws RuntimeException the first that was thrown, with the others suppressed
     */
    public static <T> void each(Collection<? extends T> things, Consumer<? super T> close) {
        Throwable failure = null;
        for (T thing : List.copyOf(things)) {
            try {
                close.accept(thing);
            } catch (RuntimeException | Error e) {
                failure = with(failure, e);
            }
        }
        switch (failure) {
            case null -> {}
            case Error error -> throw error;
            case RuntimeException exception -> throw exception;
            default -> throw new AssertionError(failure); // nothing else was caught
        }
    }

    private static Throwable with(@Nullable Throwable first, Throwable next) {
        if (first == null || first == next) {
            return next;
        }
        first.addSuppressed(next);
        return first;
    }
}
