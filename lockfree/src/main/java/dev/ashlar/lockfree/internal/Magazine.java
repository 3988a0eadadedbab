package dev.ashlar.lockfree.internal;

import java.util.Arrays;

/**
 * A stack of rounds: free blocks that one thread at a time can take and put without asking others (Bonwick and Adams,
 * <i>Magazines and Vmem</i>, USENIX 2001).
 *
 * <p>It starts with room for few rounds, and grows to its size as it is used: a class that is hardly used, or a thread that
 * soon ends, should neither have room for many nor take many from others.
 *
 * <p>Not synchronized: it belongs to a thread, or to the depot, and changes hands by the CAS of a {@link TaggedStack}.
 *
 * <p>Invariant: {@code 0 <= count <= rounds.length <= size}; the rounds below {@code count} are cached, and in no other magazine.
 */
final class Magazine {

    /** A magazine without room: what a thread has in place of one before it has one. */
    static final Magazine NONE = new Magazine(TaggedStack.NONE, 0, 0);

    /** A header, four fields and an array, with its entry in the table of magazines and its link. */
    private static final int METADATA_BYTES = 24 + 16 + 8;

    /** Its place in the table of magazines. */
    final int index;

    private final int size;
    private long[] rounds;
    private int count;

    /**
     * An empty magazine.
     *
     * @param size how many rounds it holds when it has grown
     * @param first how many it has room for at first
     */
    Magazine(int index, int size, int first) {
        this.index = index;
        this.size = size;
        this.rounds = new long[Math.min(size, first)];
    }

    int size() {
        return size;
    }

    int count() {
        return count;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** Whether it has no room for a round. It may {@link #grow} to have some. */
    boolean isFull() {
        return count == rounds.length;
    }

    /** Makes room for twice as many rounds, but for no more than its size. */
    void grow() {
        if (!isGrown()) {
            rounds = Arrays.copyOf(rounds, Math.min(size, rounds.length * 2));
        }
    }

    /** Whether it cannot grow any more. */
    boolean isGrown() {
        return rounds.length == size;
    }

    /** Takes the round that was put last. The magazine must not be empty. */
    long take() {
        return rounds[--count];
    }

    /** Puts a round. The magazine must not be full. */
    void put(long round) {
        rounds[count++] = round;
    }

    /** Takes all rounds. */
    long[] takeAll() {
        long[] all = Arrays.copyOf(rounds, count);
        count = 0;
        return all;
    }

    /**
     * Takes slots out of a slab until there is no room for more.
     *
     * @param most how many at most
     */
    void fillFrom(Slab slab, int most) {
        count += slab.takeOut(rounds, count, Math.min(most, rounds.length - count), slab.tag());
    }

    /** What it takes on the heap, estimated for compressed references. */
    long metadataBytes() {
        return METADATA_BYTES + (long) rounds.length * Long.BYTES; // a benign race
    }
}
