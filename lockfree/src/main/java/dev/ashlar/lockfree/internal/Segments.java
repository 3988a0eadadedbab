package dev.ashlar.lockfree.internal;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A growing array for the indices of {@link TaggedStack}s. It consists of segments, each as long as all before it
 * together. Elements never move, so a thread never accesses an outdated copy.
 *
 * <p>Concurrency: wait-free, for any thread. A segment is published before an index of it can be in a stack. The caller
 * decides how elements are read and written.
 *
 * @param <A> the type of a segment, an array
 */
public final class Segments<A> {

    /** The first segment has 64 elements, the second 64 as well, the third 128, up to all that a stack can hold. */
    private static final int FIRST_SHIFT = 6;

    private final AtomicReferenceArray<@Nullable A> segments =
            new AtomicReferenceArray<>(TaggedStack.INDEX_BITS - FIRST_SHIFT + 1);

    private final IntFunction<A> maker;

    /**
     * An array that covers no index.
     *
     * @param maker makes a segment of a length
     */
    public Segments(IntFunction<A> maker) {
        this.maker = maker;
    }

    /**
     * Makes room for an index, before it is first used. Does nothing if there is room.
     *
     * @param index 0 to {@link TaggedStack#MAX_INDEX}
     */
    public void cover(int index) {
        int segment = segmentOf(index);
        if (segments.get(segment) == null) {
            segments.compareAndSet(segment, null, maker.apply(lengthOf(segment)));
        }
    }

    /** The segment of an index that is covered. */
    @SuppressWarnings("NullAway") // covered before it was used
    public A of(int index) {
        return segments.get(segmentOf(index));
    }

    /** The position of an index in its segment. */
    public static int offsetOf(int index) {
        return index & (lengthOf(segmentOf(index)) - 1);
    }

    private static int segmentOf(int index) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(index >>> FIRST_SHIFT);
    }

    private static int lengthOf(int segment) {
        return 1 << (FIRST_SHIFT + Math.max(0, segment - 1));
    }
}
