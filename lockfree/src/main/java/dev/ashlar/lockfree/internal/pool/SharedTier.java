package dev.ashlar.lockfree.internal.pool;

import dev.ashlar.lockfree.internal.Segments;
import dev.ashlar.lockfree.internal.TaggedStack;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/**
 * The idle objects without a place in a thread's cache: a lock-free stack for any thread.
 *
 * <h2>Design</h2>
 *
 * <p>Objects are in numbered places. One {@link TaggedStack} has the numbers of places with an object, another one
 * those of empty places. A push takes an empty place, fills it, and pushes its number onto the full ones. A pop does
 * the reverse. Places are added as needed and stay, so there are as many as there ever were objects at once.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Lock-free, for any thread. A place whose number is in neither stack belongs to the thread that took it, which
 * reads and writes it plainly. The CAS on the stack publishes its content. {@link TaggedStack} says why ABA cannot
 * happen.
 */
final class SharedTier {

    private final Segments<AtomicIntegerArray> links = new Segments<>(AtomicIntegerArray::new);
    private final TaggedStack full = new TaggedStack(links);
    private final TaggedStack empty = new TaggedStack(links);
    private final Segments<@Nullable Object[]> objects = new Segments<>(length -> new @Nullable Object[length]);

    /** The number of places. */
    private final AtomicInteger places = new AtomicInteger();

    private final AtomicInteger size = new AtomicInteger();

    /** The fewest objects since the last search. A lost write is benign, as in {@link Cache}. */
    private int low;

    /**
     * Adds an object. Lock-free.
     *
     * @return false if there are more than 16 million already
     */
    boolean push(Object object) {
        int place = empty.pop();
        if (place == TaggedStack.NONE) {
            place = places.getAndUpdate(count -> Math.min(count, TaggedStack.MAX_INDEX) + 1);
            if (place > TaggedStack.MAX_INDEX) {
                return false;
            }
            links.cover(place);
            objects.cover(place);
        }
        objects.of(place)[Segments.offsetOf(place)] = object;
        size.getAndIncrement(); // before it can be taken, so the size is never negative
        full.push(place);
        return true;
    }

    /** Takes the object that was added last, or null if there is none. Lock-free. */
    @Nullable Object pop() {
        int place = full.pop();
        if (place == TaggedStack.NONE) {
            return null;
        }
        @Nullable Object[] segment = objects.of(place);
        Object object = segment[Segments.offsetOf(place)];
        segment[Segments.offsetOf(place)] = null;
        empty.push(place);
        int left = size.decrementAndGet();
        if (left < low) {
            low = left;
        }
        return object;
    }

    /** How many objects are here. */
    int size() {
        return size.get();
    }

    /**
     * How many objects were unused since the last call. Starts a new period. For one thread at a time.
     *
     * @return how many objects to {@link #pop}
     */
    int unused() {
        int now = size.get();
        int unused = Math.min(low, now);
        low = now;
        return unused;
    }

    /**
     * Checks that each place is in one of the two stacks, and that the full ones have an object. For tests, when quiet.
     */
    void checkInvariants() {
        int filled = full.checkInvariants();
        int unfilled = empty.checkInvariants();
        if (filled != size.get() || filled + unfilled != places.get()) {
            throw new IllegalStateException("Invariant broken: " + filled + " full and " + unfilled + " empty of "
                    + places.get() + " places, size " + size.get());
        }
    }
}
