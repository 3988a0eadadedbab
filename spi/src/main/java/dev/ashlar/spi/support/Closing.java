package dev.ashlar.spi.support;

import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
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
        List<T> all = List.copyOf(things);
        range(all.size(), i -> close.accept(all.get(i)));
    }

    /**
     * Closes everything that has a number, also after a thing that cannot be closed.
     *
     * @param end the numbers are 0 to this, exclusive
     * @param close closes one, or throws
     * @throws RuntimeException the first that was thrown, with the others suppressed
     */
    public static void range(int end, IntConsumer close) {
        Throwable failure = null;
        for (int i = 0; i < end; i++) {
            try {
                close.accept(i);
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

    /**
     * Closes things after a failure that the caller throws on: what fails here is suppressed in it.
     *
     * @param failure why they are closed
     * @param steps in this order; each is run, also after one that throws
     */
    public static void after(Throwable failure, Runnable... steps) {
        try {
            all(steps);
        } catch (RuntimeException | Error e) {
            if (e != failure) {
                failure.addSuppressed(e);
            }
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
