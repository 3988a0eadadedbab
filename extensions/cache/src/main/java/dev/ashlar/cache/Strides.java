package dev.ashlar.cache;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/**
 * Finds reads in steps of equal length, also when several such streams are mixed. Three places at equal distances,
 * among the last ones that are in no stream, are a stream. A read that is where a stream goes next confirms it.
 *
 * <p>Not synchronized.
 */
final class Strides {

    /** Streams that are followed at a time, and places that are remembered. A read compares with each. */
    static final int STREAMS = 16;

    /** The longest stride: keys that are farther apart have nothing to do with each other. */
    private static final long LONGEST = 1024;

    private static final long[] NONE = {};

    private static final class Stream {
        private final long stride;
        private long next;

        Stream(long last, long stride) {
            this.stride = stride;
            next = last + stride;
        }
    }

    /** The one that was read last is the first. */
    private final Deque<Stream> streams = new ArrayDeque<>();

    /** Places in no stream, the last one first. */
    private final Deque<Long> places = new ArrayDeque<>();

    /**
     * Notes a read.
     *
     * @return the next places of its stream, the nearest first; none if no stream goes there
     */
    long[] after(long place, int count) {
        for (Iterator<Stream> all = streams.iterator(); all.hasNext(); ) {
            Stream stream = all.next();
            if (stream.next == place) {
                all.remove();
                streams.addFirst(stream);
                stream.next += stream.stride;
                return next(stream, count);
            }
        }
        if (!places.contains(place)) {
            note(place);
        }
        return NONE;
    }

    private static long[] next(Stream stream, int count) {
        long[] ahead = new long[count];
        for (int i = 0; i < count; i++) {
            ahead[i] = stream.next + i * stream.stride;
        }
        return ahead;
    }

    private void note(long place) {
        for (long before : places) {
            long stride = place - before;
            if (Math.abs(stride) <= LONGEST && places.contains(before - stride)) {
                places.remove(before);
                places.remove(before - stride);
                addFirst(streams, new Stream(place, stride));
                return;
            }
        }
        addFirst(places, place);
    }

    private static <T> void addFirst(Deque<T> few, T one) {
        if (few.size() == STREAMS) {
            few.removeLast();
        }
        few.addFirst(one);
    }
}
