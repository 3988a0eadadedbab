package dev.ashlar.cache;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;

/**
 * Finds reads in steps of equal length, also when several such streams are mixed. A stream is its last place and its
 * stride. A read that is where a stream goes next belongs to it; otherwise it gives a new stride to the stream whose
 * last place is nearest, if it is near, or begins a stream in place of the one that was read least recently.
 *
 * <p>Not synchronized.
 */
final class Strides {

    /** Streams that are followed at a time. A read compares with each. */
    static final int STREAMS = 16;

    /** The longest stride: keys that are farther apart have nothing to do with each other. */
    private static final long LONGEST = 1024;

    /** Equal steps, one after another, before anything is loaded ahead. */
    private static final int LEAST_STEPS = 2;

    private static final long[] NONE = {};

    private static final class Stream {
        long last;
        long stride;
        int steps;

        Stream(long last) {
            this.last = last;
        }
    }

    /** The one that was read last is the first. */
    private final Deque<Stream> streams = new ArrayDeque<>();

    /**
     * Notes a read.
     *
     * @return the next places of its stream, the nearest first; none if it is in no stream yet
     */
    long[] after(long place, int count) {
        Stream stream = streamOf(place);
        if (stream.steps < LEAST_STEPS) {
            return NONE;
        }
        long[] places = new long[count];
        for (int i = 0; i < count; i++) {
            places[i] = place + (i + 1) * stream.stride;
        }
        return places;
    }

    private Stream streamOf(long place) {
        Stream nearest = null;
        long least = LONGEST + 1;
        for (Iterator<Stream> all = streams.iterator(); all.hasNext(); ) {
            Stream stream = all.next();
            if (stream.stride != 0 && stream.last + stream.stride == place) {
                stream.steps++;
                stream.last = place;
                return toFront(stream, all);
            }
            long distance = Math.abs(place - stream.last);
            if (distance >= 0 && distance < least) { // the distance may overflow
                nearest = stream;
                least = distance;
            }
        }
        if (nearest == null) {
            if (streams.size() == STREAMS) {
                streams.removeLast();
            }
            nearest = new Stream(place);
        } else {
            streams.remove(nearest);
            if (place != nearest.last) { // the same place again says nothing
                nearest.stride = place - nearest.last;
                nearest.steps = 1;
                nearest.last = place;
            }
        }
        streams.addFirst(nearest);
        return nearest;
    }

    private Stream toFront(Stream stream, Iterator<Stream> at) {
        at.remove();
        streams.addFirst(stream);
        return stream;
    }
}
