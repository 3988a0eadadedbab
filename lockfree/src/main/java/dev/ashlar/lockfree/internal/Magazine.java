package dev.ashlar.lockfree.internal;

/**
 * A stack of rounds: free blocks that one thread at a time can take and put without asking others (Bonwick and Adams,
 * <i>Magazines and Vmem</i>, USENIX 2001).
 *
 * <p>Not synchronized: it belongs to a thread, or to the depot, and changes hands by the CAS of a {@link TaggedStack}.
 *
 * <p>Invariant: {@code 0 <= count <= rounds.length}; the rounds below {@code count} are cached, and in no other magazine.
 */
final class Magazine {

    /** A magazine without room: what a thread has in place of one before it has one. */
    static final Magazine NONE = new Magazine(TaggedStack.NONE, 0);

    /** A header, three fields and an array, with its entry in the table of magazines and its link. */
    private static final int METADATA_BYTES = 24 + 16 + 8;

    /** Its place in the table of magazines. */
    final int index;

    private final long[] rounds;
    private int count;

    /**
     * An empty magazine.
     *
     * @param size how many rounds it holds
     */
    Magazine(int index, int size) {
        this.index = index;
        this.rounds = new long[size];
    }

    int size() {
        return rounds.length;
    }

    int count() {
        return count;
    }

    boolean isEmpty() {
        return count == 0;
    }

    boolean isFull() {
        return count == rounds.length;
    }

    /** Takes the round that was put last. The magazine must not be empty. */
    long take() {
        return rounds[--count];
    }

    /** Puts a round. The magazine must not be full. */
    void put(long round) {
        rounds[count++] = round;
    }

    /**
     * Takes slots out of a chunk until it is full.
     *
     * @param most how many at most
     */
    void fillFrom(Chunk chunk, int most) {
        count += chunk.takeOut(rounds, count, Math.min(most, rounds.length - count), chunk.tag());
    }

    /** What it takes on the heap, estimated for compressed references. */
    static long metadataBytes(int size) {
        return METADATA_BYTES + (long) size * Long.BYTES;
    }
}
