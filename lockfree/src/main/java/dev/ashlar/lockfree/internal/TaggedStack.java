package dev.ashlar.lockfree.internal;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A stack of indices for any thread: Treiber's (<i>Systems Programming: Coping with Parallelism</i>, IBM RJ 5118,
 * 1986), with a generation in its head. It makes no garbage: what is pushed is an index, which its owner uses over and
 * over.
 *
 * <h2>Design</h2>
 *
 * <p>The head is one {@code long}: in its low {@value #INDEX_BITS} bits the top index plus one, 0 if the stack is
 * empty; above these the tag, which counts pops. What follows each index is in links, which several stacks of the same
 * indices share.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Lock-free: a CAS fails only because another thread's succeeded. Whoever fails waits a bounded time and tries
 * again. A push is a release and a pop an acquire: what a thread wrote to the thing that an index stands for is seen by
 * the thread that pops it. The CAS on the head orders the links too, which are read and written in opaque mode. A
 * thread that reads what follows an index that has left its stack reads some number, and its CAS fails.
 *
 * <p><b>Why ABA cannot happen.</b> A pop reads the head, then what follows the top, then replaces the head by that. It
 * must not succeed if the top was popped and pushed again meanwhile, for then something else may follow it. A pop never
 * leaves the tag as it found it, so after a single one the compare fails. A push replaces the head by a new top above
 * the old one, which is right whatever happened before; therefore it keeps the tag, and only pops use it up.
 *
 * <p><b>How long the tag lasts.</b> It has {@value #TAG_BITS} bits, so it is the same again after 2^40 pops. To do
 * harm, a thread must stand still between two of its instructions for exactly a multiple of that many pops, with the
 * same index on top. A head that several processors write changes every 10 ns at best, and every other change is a
 * push: 2^40 pops take at least 6 hours, and the thread must wake at the right one of 10^12.
 *
 * <p>Invariant: an index is in one stack at a time, and only once. Whoever pops it owns it until it pushes it.
 */
public final class TaggedStack {

    /** What {@link #pop} returns if the stack is empty, and what follows the last index. */
    public static final int NONE = -1;

    /** 16 million things that lie idle at once are enough for any pool, and leave most bits to the tag. */
    static final int INDEX_BITS = 24;

    private static final int TAG_BITS = Long.SIZE - INDEX_BITS;

    /** The largest index. */
    public static final int MAX_INDEX = (1 << INDEX_BITS) - 2;

    private static final long INDEX_MASK = (1L << INDEX_BITS) - 1;

    private static final long ONE_POP = 1L << (Long.SIZE - TAG_BITS);

    /**
     * The longest wait in spins. A spin is some 10 to 140 cycles on x86-64, so this is a few times what a cache line
     * takes to move to another processor and back; beyond that a longer wait only leaves the line idle.
     */
    private static final int LONGEST_WAIT = 32;

    /** Twice a cache line of 64 bytes: in the middle the head shares its line with nothing else. */
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
     * Puts an index on top. Lock-free; one CAS if no other thread is at it.
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
     * Takes the top index. Lock-free; one CAS if no other thread is at it, none if the stack is empty.
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

    /** Waits after a failure, which gives way to whoever won; returns how long to wait the next time. */
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
     * Checks that the stack has an end. For tests, when it is quiet.
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
