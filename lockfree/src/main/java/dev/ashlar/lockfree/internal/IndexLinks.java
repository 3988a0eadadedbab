package dev.ashlar.lockfree.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * For each index from 0 up, which index follows it in the {@link TaggedStack} that it is in. Several stacks of the same
 * indices share one of these, because an index is in one stack at a time.
 *
 * <p>It grows without moving what it holds, so that a thread that still looks at an element never looks at a copy: the
 * elements lie in segments, each as long as all before it together.
 *
 * <p>Concurrency: elements are read and written in opaque mode. What orders them is the CAS on the head of the stack; a
 * thread that reads the element of an index that has left its stack reads some number, and its CAS fails.
 */
public final class IndexLinks {

    private static final int FIRST_SHIFT = 6;

    /** The first segment has 64 elements, the second 64 as well, the third 128, up to all that a stack can hold. */
    static final int SEGMENTS = TaggedStack.INDEX_BITS - FIRST_SHIFT + 1;

    private static final VarHandle ELEMENT = MethodHandles.arrayElementVarHandle(int[].class);
    private static final VarHandle SEGMENT = MethodHandles.arrayElementVarHandle(int[][].class);

    private final int[] @Nullable [] segments = new int[SEGMENTS] @Nullable [];

    /**
     * Links for some indices.
     *
     * @param indices how many are {@linkplain #cover covered} from the beginning
     */
    public IndexLinks(int indices) {
        if (indices > 0) {
            for (int segment = 0; segment <= segmentOf(indices - 1); segment++) {
                segments[segment] = new int[lengthOf(segment)];
            }
        }
    }

    /** Which segment an index lies in. */
    static int segmentOf(int index) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(index >>> FIRST_SHIFT);
    }

    /** How long a segment is. */
    static int lengthOf(int segment) {
        return 1 << (FIRST_SHIFT + Math.max(0, segment - 1));
    }

    /** Where in its segment an index lies. */
    static int offsetOf(int index) {
        return index & (lengthOf(segmentOf(index)) - 1);
    }

    /**
     * Makes room for an index. To be called before it is first pushed; wait-free, and does nothing if there is room.
     *
     * @param index 0 to {@link TaggedStack#MAX_INDEX}
     */
    public void cover(int index) {
        int segment = segmentOf(index);
        if (SEGMENT.getAcquire(segments, segment) == null) {
            SEGMENT.compareAndSet(segments, segment, null, new int[lengthOf(segment)]);
        }
    }

    /**
     * What follows an index.
     *
     * @param index one that is covered
     * @return the index below it in its stack, or {@link TaggedStack#NONE}
     */
    public int next(int index) {
        return (int) ELEMENT.getOpaque(elements(index), offsetOf(index));
    }

    void setNext(int index, int next) {
        ELEMENT.setOpaque(elements(index), offsetOf(index), next);
    }

    @SuppressWarnings("NullAway") // covered before it was pushed
    private int[] elements(int index) {
        return (int[]) SEGMENT.getAcquire(segments, segmentOf(index));
    }

    /** Bytes that this takes on the heap, estimated for compressed references. */
    public long metadataBytes() {
        long bytes = 16 + 16 + SEGMENTS * 4L;
        for (int segment = 0; segment < SEGMENTS; segment++) {
            bytes += SEGMENT.getOpaque(segments, segment) == null ? 0 : 16 + lengthOf(segment) * 4L;
        }
        return bytes;
    }
}
