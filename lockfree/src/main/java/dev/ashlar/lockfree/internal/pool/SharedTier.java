package dev.ashlar.lockfree.internal.pool;

import dev.ashlar.lockfree.internal.IndexLinks;
import dev.ashlar.lockfree.internal.TaggedStack;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
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
public final class SharedTier {

    private static final int FIRST_SHIFT = 6;

    /** The first segment has 64 places, the second 64 as well, the third 128, up to all that a stack can tell apart. */
    private static final int SEGMENTS =
            Integer.SIZE - Integer.numberOfLeadingZeros(TaggedStack.MAX_INDEX >>> FIRST_SHIFT) + 1;

    private final IndexLinks links = new IndexLinks(0);
    private final TaggedStack full = new TaggedStack(links);
    private final TaggedStack empty = new TaggedStack(links);
    private final AtomicReferenceArray<@Nullable Object @Nullable []> segments = new AtomicReferenceArray<>(SEGMENTS);

    /** Places that there are. */
    private final AtomicInteger places = new AtomicInteger();

    private final AtomicInteger size = new AtomicInteger();

    /** The fewest objects since somebody looked; benign if one of several writers is lost, as in {@link Cache}. */
    private int low;

    /** An empty tier. */
    public SharedTier() {}

    /**
     * Adds an object. Lock-free.
     *
     * @return false if there are more than 16 million already
     */
    public boolean push(Object object) {
        int place = empty.pop();
        if (place == TaggedStack.NONE) {
            place = addPlace();
            if (place == TaggedStack.NONE) {
                return false;
            }
        }
        segment(place)[offset(place)] = object;
        size.getAndIncrement(); // before it can be taken: the size is never less than nothing
        full.push(place);
        return true;
    }

    /** Takes the object that was added last, or null if there is none. Lock-free. */
    public @Nullable Object pop() {
        int place = full.pop();
        if (place == TaggedStack.NONE) {
            return null;
        }
        @Nullable Object[] segment = segment(place);
        Object object = segment[offset(place)];
        segment[offset(place)] = null;
        empty.push(place);
        int left = size.decrementAndGet();
        if (left < low) {
            low = left;
        }
        return object;
    }

    private int addPlace() {
        int place;
        do {
            place = places.get();
            if (place > TaggedStack.MAX_INDEX) {
                return TaggedStack.NONE;
            }
        } while (!places.compareAndSet(place, place + 1));
        links.cover(place);
        int segment = segmentOf(place);
        if (segments.get(segment) == null) {
            segments.compareAndSet(segment, null, new @Nullable Object[lengthOf(segment)]);
        }
        return place;
    }

    @SuppressWarnings("NullAway") // made when the place was added
    private @Nullable Object[] segment(int place) {
        return segments.get(segmentOf(place));
    }

    private static int segmentOf(int place) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(place >>> FIRST_SHIFT);
    }

    private static int lengthOf(int segment) {
        return 1 << (FIRST_SHIFT + Math.max(0, segment - 1));
    }

    private static int offset(int place) {
        return place & (lengthOf(segmentOf(place)) - 1);
    }

    /** How many objects are here. */
    public int size() {
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
    public void checkInvariants() {
        int filled = full.checkInvariants();
        int unfilled = empty.checkInvariants();
        if (filled != size.get() || filled + unfilled != places.get()) {
            throw new IllegalStateException("Invariant broken: " + filled + " full and " + unfilled + " empty of "
                    + places.get() + " places, size " + size.get());
        }
    }
}
