package dev.ashlar.lockfree.internal.pool;

import dev.ashlar.lockfree.internal.Segments;
import dev.ashlar.lockfree.internal.TaggedStack;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/**
 * The idle objects for which there is no place in a thread's cache: a stack for any thread, without locks.
 *
 * <h2>Design</h2>
 *
 * <p>Objects lie in numbered places. A {@link TaggedStack} holds the numbers of places with an object, another those of
 * places without. To push is to take an empty place, fill it, and push its number on the full ones; to pop is the
 * reverse. Places are added as they are needed and stay: as many as objects were ever here at once.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Lock-free, for any thread. A place whose number is in neither stack belongs to whoever took it, who reads and
 * writes it plainly; the CAS on the stack hands over what is in it. {@link TaggedStack} says why ABA cannot happen.
 */
final class SharedTier {

    private final Segments<AtomicIntegerArray> links = new Segments<>(AtomicIntegerArray::new);
    private final TaggedStack full = new TaggedStack(links);
    private final TaggedStack empty = new TaggedStack(links);
    private final Segments<@Nullable Object[]> objects = new Segments<>(length -> new @Nullable Object[length]);

    /** Places that there are. */
    private final AtomicInteger places = new AtomicInteger();

    private final AtomicInteger size = new AtomicInteger();

    /** The fewest objects since somebody looked; benign if one of several writers is lost, as in {@link Cache}. */
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
        size.getAndIncrement(); // before it can be taken: the size is never less than nothing
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
     * How many objects were here more than were needed since it was asked last. Begins anew. For one thread at a time.
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
     * Checks that each place is in one of the two stacks, and has an object in the one of them. For tests, when quiet.
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
