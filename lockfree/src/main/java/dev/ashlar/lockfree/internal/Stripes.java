package dev.ashlar.lockfree.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Heaps that threads without one of their own share: virtual threads, and platform threads while the table of heaps is
 * locked.
 *
 * <p>A stripe is a heap with a lock that is only ever tried. Whoever finds all stripes busy makes one more, so there are as
 * many as threads were ever at work in them at the same moment: about one a carrier thread, however many virtual threads
 * there are.
 *
 * <p>Concurrency: lock-free; an array of stripes is replaced by CAS and never changed.
 */
final class Stripes {

    private static final VarHandle ALL;

    static {
        try {
            ALL = MethodHandles.lookup().findVarHandle(Stripes.class, "all", Heap[].class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Supply supply;
    private volatile Heap[] all = {};

    Stripes(Supply supply) {
        this.supply = supply;
    }

    /** A stripe that the caller has locked. Looks first where this thread is likely to have been before. */
    Heap lockOne(Thread thread) {
        Heap[] stripes = all;
        int first = stripes.length == 0 ? 0 : (int) Long.remainderUnsigned(thread.threadId(), stripes.length);
        for (int i = 0; i < stripes.length; i++) {
            Heap stripe = stripes[(first + i) % stripes.length];
            if (stripe.tryLock()) {
                return stripe;
            }
        }
        return addLocked();
    }

    private Heap addLocked() {
        Heap stripe = new Heap(supply, null);
        stripe.tryLock();
        Heap[] seen;
        Heap[] more;
        do {
            seen = all;
            more = Arrays.copyOf(seen, seen.length + 1);
            more[seen.length] = stripe;
        } while (!ALL.compareAndSet(this, seen, more));
        return stripe;
    }

    /**
     * Hands the magazines of stripes to the depots. What a stripe caches is nobody's while no thread is at work in it. One that
     * is busy is passed over. Lock-free, unless memory goes upstream.
     */
    void handBackIdle() {
        for (Heap stripe : all) {
            if (stripe.tryLock()) {
                try {
                    stripe.handBack();
                } finally {
                    stripe.unlock();
                }
            }
        }
    }

    /** Gives up what stripes cache: at once, or when the one that is at work in a stripe next needs a magazine. */
    void flush() {
        for (Heap stripe : all) {
            if (stripe.tryLock()) {
                try {
                    stripe.flush();
                } finally {
                    stripe.unlock();
                }
            } else {
                stripe.wantFlush();
            }
        }
    }

    void forEach(Consumer<Heap> visitor) {
        for (Heap stripe : all) {
            visitor.accept(stripe);
        }
    }
}
