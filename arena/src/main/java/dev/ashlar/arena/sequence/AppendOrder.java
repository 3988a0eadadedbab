package dev.ashlar.arena.sequence;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Which elements of a sequence that many threads append to are claimed, and which may be read.
 *
 * <p>A thread claims the next index by a CAS, writes the element, marks it, and then moves the end of the published
 * prefix over all marked elements that follow it. Threads finish in any order; whoever marks the first element that is
 * missing publishes those behind it too. So nobody waits, and a thread that stops between claim and mark holds back
 * what others read, but not what others append.
 *
 * <p>Invariant: {@code 0 <= published <= claimed}, and every element below {@code published} is marked.
 *
 * <p>No mark is overlooked. A thread sets its mark and then reads {@code published}; a thread that moves {@code
 * published} then reads the mark that it moved it to. All of these are volatile accesses, so of two such threads one
 * sees what the other did; and a thread whose move fails leaves the rest to the one that was faster, whose look is
 * still to come.
 *
 * <p>A claim is a CAS and not a fetch-and-add, because memory must be there before an index is claimed: an index that
 * is claimed and cannot be written would end the prefix for ever.
 */
final class AppendOrder {

    /** The marks of elements that are written. All accesses are volatile. */
    interface Marks {

        void mark(long index);

        /**
         * How many elements are marked from the index on: 0 if that one is not, otherwise 1 or more, perhaps not all.
         */
        long runFrom(long index);
    }

    /** Both counts once the sequence is closed. */
    static final long CLOSED = Long.MIN_VALUE;

    private final AtomicLong claimed = new AtomicLong();
    private final AtomicLong published = new AtomicLong();

    /** Elements that threads have claimed; the next index. {@link #CLOSED} if there is none any more. */
    long claimed() {
        return claimed.get();
    }

    /** Elements that may be read. What was written before they were marked is seen. */
    long published() {
        return published.get();
    }

    /** Claims the next index, if it is still the next one. */
    boolean claim(long index) {
        return claimed.compareAndSet(index, index + 1);
    }

    /** Marks an element that was claimed and written, and publishes what can be published. */
    void publish(long index, Marks marks) {
        marks.mark(index);
        while (true) {
            long end = published.get();
            long run = end == CLOSED ? 0 : marks.runFrom(end);
            if (run == 0 || !published.compareAndSet(end, end + run)) {
                return; // whoever moved it will look at this mark, which was there before
            }
        }
    }

    /** Lets nobody claim or read any more. Returns false if that was so before. */
    boolean close() {
        published.set(CLOSED);
        return claimed.getAndSet(CLOSED) != CLOSED;
    }
}
