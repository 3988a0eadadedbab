package dev.ashlar.lockfree.internal;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A stack of indices for any thread: Treiber's (<i>Systems Programming: Coping with Parallelism</i>, IBM RJ 5118,
 * 1986), with a generation in its head. It makes no garbage: indices are pushed, and their owner reuses them.
 *
 * <h2>Design</h2>
 *
 * <p>The head is one {@code long}: its low {@value #INDEX_BITS} bits have the top index plus one, or 0 if the stack is
 * empty. The bits above are the tag, which counts pops. The links have the index that follows each index. Several
 * stacks of the same indices share them.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Lock-free: a CAS fails only because another thread's CAS succeeded. A thread whose CAS failed waits a bounded time
 * and tries again. A push is a release and a pop an acquire, so the thread that pops an index sees what was written to
 * its object before. The CAS on the head also orders the links, which are read and written in opaque mode. A thread may
 * read the link of an index that has left its stack. It gets some number, and its CAS fails.
 *
 * <p><b>Why ABA cannot happen.</b> A pop reads the head, then the link of the top, and then replaces the head by that
 * link. It must not succeed if the top was popped and pushed again meanwhile, because the link may be different then.
 * Every pop changes the tag, so the compare fails after a single one. A push puts a new top above the old one, which is
 * right whatever happened before. So a push keeps the tag, and only pops use it up.
 *
 * <p><b>How long the tag lasts.</b> It has {@value #TAG_BITS} bits, so it is the same again after 2^40 pops. For an
 * error, a thread must pause between two of its instructions for exactly a multiple of that many pops, with the same
 * index on top. A head that several processors write changes every 10 ns at best, and every other change is a push:
 * 2^40 pops take at least 6 hours, and the thread must go on at one particular pop of 10^12.
 *
 * <p>Invariant: an index is in one stack at a time, and only once. The thread that pops it owns it until it pushes it.
 */
public final class TaggedStack {

    /** The result of {@link #pop} if the stack is empty, and the link of the last index. */
    public static final int NONE = -1;

    /** 16 million idle objects are enough for any pool, and leave most bits for the tag. */
    static final int INDEX_BITS = 24;

    private static final int TAG_BITS = Long.SIZE - INDEX_BITS;

    /** The largest index. */
    public static final int MAX_INDEX = (1 << INDEX_BITS) - 2;

    private static final long INDEX_MASK = (1L << INDEX_BITS) - 1;

    private static final long ONE_POP = 1L << (Long.SIZE - TAG_BITS);

    /**
     * The longest wait in spins. A spin is some 10 to 140 cycles on x86-64, so this is a few times as long as a cache
     * line needs to move to another processor and back. A longer wait would only leave the line idle.
     */
    private static final int LONGEST_WAIT = 32;

    /** Two cache lines of 64 bytes: the head is in the middle and shares its line with nothing else. */
    private static final int PADDED = 16;

    private static final int PLACE = PADDED / 2;

    private final AtomicLongArray head = new AtomicLongArray(PADDED);
    private final Segments<AtomicIntegerArray> links;

    /**
     * An empty stack.
     *
     * @param links covers every index that is pushed
     */
    public TaggedStack(Segments<AtomicIntegerArray> links) {
        this.links = links;
    }

    /**
     * Puts an index on top. Lock-free; one CAS without contention.
     *
     * @param index 0 to {@link #MAX_INDEX}, in no stack
     */
    public void push(int index) {
        for (int spins = 1; ; spins = pause(spins)) {
            long seen = head.getOpaque(PLACE);
            links.of(index).setOpaque(Segments.offsetOf(index), topOf(seen));
            if (head.compareAndSet(PLACE, seen, (seen & ~INDEX_MASK) | (index + 1))) {
                return;
            }
        }
    }

    /**
     * Takes the top index. Lock-free; one CAS without contention, none if the stack is empty.
     *
     * @return the index that was pushed last, or {@link #NONE}
     */
    public int pop() {
        for (int spins = 1; ; spins = pause(spins)) {
            long seen = head.getAcquire(PLACE);
            int top = topOf(seen);
            if (top == NONE || head.compareAndSet(PLACE, seen, ((seen & ~INDEX_MASK) + ONE_POP) | (next(top) + 1))) {
                return top;
            }
        }
    }

    private int next(int index) {
        return links.of(index).getOpaque(Segments.offsetOf(index));
    }

    /** Waits after a failure, so that the other thread can go on. Returns how long to wait the next time. */
    private static int pause(int spins) {
        for (int i = 0; i < spins; i++) {
            Thread.onSpinWait();
        }
        return Math.min(spins * 2, LONGEST_WAIT);
    }

    private static int topOf(long head) {
        return (int) (head & INDEX_MASK) - 1;
    }

    /** The tag, for tests. */
    long tag() {
        return head.get(PLACE) >>> INDEX_BITS;
    }

    /**
     * Checks that the stack has no cycle. For tests, when it is quiet.
     *
     * @return how many indices it holds
     * @throws IllegalStateException if an index is in it twice
     */
    public int checkInvariants() {
        int count = 0;
        for (int index = topOf(head.get(PLACE)); index != NONE; index = next(index)) {
            count++;
            if (count > MAX_INDEX) {
                throw new IllegalStateException("Invariant broken: an index is in a stack once, and this has a cycle");
            }
        }
        return count;
    }
}
