package dev.ashlar.arena.sequence;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The order of a sequence to which many threads append: which elements are claimed, and which may be read.
 *
 * <p>A thread claims the next index by a CAS, writes the element, marks it, and then moves the end of the published
 * prefix over all marked elements that follow it. Threads finish in any order. The thread that marks the first missing
 * element publishes the marked ones behind it too. So no thread waits. A thread that stops between claim and mark
 * delays what others can read, but not their appends.
 *
 * <p>Invariant: {@code 0 <= published <= claimed}, and every element below {@code published} is marked.
 *
 * <p>No mark is overlooked. A thread sets its mark and then reads {@code published}; a thread that moves {@code
 * published} then reads the mark that it moved it to. All of these are volatile accesses, so of two such threads one
 * sees what the other did. A thread whose move fails leaves the rest to the faster thread, which has not read the mark
 * yet.
 *
 * <p>A claim is a CAS and not a fetch-and-add, because memory must exist before an index is claimed: a claimed index
 * that cannot be written would end the prefix.
 */
final class AppendOrder {

    /** The marks of elements that are written. All accesses are volatile. */
    interface Marks {

        void mark(long index);

        /**
         * How many elements are marked from the index on: 0 if that one is not marked, otherwise 1 or more, perhaps not
         * all.
         */
        long runFrom(long index);
    }

    /** Both counts once the sequence is closed. */
    static final long CLOSED = Long.MIN_VALUE;

    private final AtomicLong claimed = new AtomicLong();
    private final AtomicLong published = new AtomicLong();

    /** The number of claimed elements, which is the next index. {@link #CLOSED} once the sequence is closed. */
    long claimed() {
        return claimed.get();
    }

    /** The number of elements that may be read. All that was written before they were marked is visible. */
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
                return; // the thread that moved it will read this mark, which was set before
            }
        }
    }

    /** Ends all claims and reads. Returns false if they had already ended. */
    boolean close() {
        published.set(CLOSED);
        return claimed.getAndSet(CLOSED) != CLOSED;
    }
}
