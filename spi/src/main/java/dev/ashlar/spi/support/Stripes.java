package dev.ashlar.spi.support;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Heaps shared by threads that have no own heap: virtual threads, and platform threads that would have to wait for one.
 *
 * <p>A stripe is a heap with a lock on which no thread waits. A thread that finds all stripes busy makes one more. So
 * there are as many stripes as threads have used them at the same moment: about one for each carrier thread, for any
 * number of virtual threads.
 *
 * <p>Concurrency: lock-free; an array of stripes is replaced by CAS and never changed.
 *
 * @param <H> heaps
 */
public final class Stripes<H extends ThreadTable.Entry> {

    private static final VarHandle ALL = VarHandles.of(MethodHandles.lookup(), "all", ThreadTable.Entry[].class);

    private final Supplier<H> maker;

    @SuppressWarnings("unchecked") // no other thread sees the array
    private volatile H[] all = (H[]) new ThreadTable.Entry[0];

    /**
     * No stripes yet.
     *
     * @param maker makes a heap without a thread
     */
    public Stripes(Supplier<H> maker) {
        this.maker = maker;
    }

    /**
     * A stripe that the caller has locked. Tries the stripe first that the thread probably used before. Lock-free.
     *
     * @param thread the caller
     */
    public H occupyOne(Thread thread) {
        H[] stripes = all;
        int first = stripes.length == 0 ? 0 : (int) Long.remainderUnsigned(thread.threadId(), stripes.length);
        for (int i = 0; i < stripes.length; i++) {
            H stripe = stripes[(first + i) % stripes.length];
            if (stripe.tryOccupy()) {
                return stripe;
            }
        }
        return addOccupied();
    }

    private H addOccupied() {
        H stripe = maker.get();
        stripe.tryOccupy();
        H[] seen;
        H[] more;
        do {
            seen = all;
            more = Arrays.copyOf(seen, seen.length + 1);
            more[seen.length] = stripe;
        } while (!ALL.compareAndSet(this, seen, more));
        return stripe;
    }

    /**
     * Applies an action to each stripe that no thread uses, with the stripe locked.
     *
     * @param action what to do
     * @param otherwise what to do with a busy stripe; must be safe for any thread
     */
    public void forEachIdle(Consumer<? super H> action, Consumer<? super H> otherwise) {
        for (H stripe : all) {
            if (stripe.tryOccupy()) {
                try {
                    action.accept(stripe);
                } finally {
                    stripe.vacate();
                }
            } else {
                otherwise.accept(stripe);
            }
        }
    }

    /**
     * Passes each stripe to a visitor, busy or not.
     *
     * @param visitor receives each
     */
    public void forEach(Consumer<? super H> visitor) {
        for (H stripe : all) {
            visitor.accept(stripe);
        }
    }
}
