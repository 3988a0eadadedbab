package dev.ashlar.lockfree.internal;

/**
 * How many rounds the magazines of a size class hold: a policy, without any state.
 *
 * <p>Larger magazines are exchanged less often; smaller ones keep less memory from other threads. So they grow where threads
 * meet at the depot, and where rounds go to and from slabs one by one because the load swings by more than a thread's
 * magazines hold; they shrink where memory only comes back; and else they return to what is configured.
 *
 * @param smallest rounds at least
 * @param initial rounds when nothing is known, and when nothing happens
 * @param largest rounds at most
 */
record MagazineSize(int smallest, int initial, int largest) {

    /** A magazine holds at most this many bytes, so that what a thread keeps is bounded in bytes as well. */
    static final int LARGEST_BYTES = 32 * 1024;

    /** At first it holds less: two pages, so that a thread that uses many classes a little keeps little. */
    private static final int INITIAL_BYTES = 8 * 1024;

    /** After this many exchanges it is decided anew: enough for shares of an eighth to mean something. */
    static final int WINDOW = 128;

    private static final int SMALLEST = 8;

    /** Twice doubled, exchanges are a quarter as many; after that what a thread keeps from others grows faster than that. */
    private static final int GROWTH = 4;

    /**
     * The bounds for a class.
     *
     * @param rounds as configured
     * @param slotSize bytes of a round
     */
    static MagazineSize of(int rounds, int slotSize) {
        int bound = Math.max(1, LARGEST_BYTES / slotSize);
        int initial = Math.min(rounds, Math.max(1, INITIAL_BYTES / slotSize));
        return new MagazineSize(Math.min(SMALLEST, initial), initial, Math.min(rounds * GROWTH, bound));
    }

    /**
     * What happened at a depot during a window.
     *
     * @param exchanges magazines that threads came for
     * @param retries CASes at its stacks that failed
     * @param underflows exchanges for which there was no full magazine, so that rounds came from slabs
     * @param overflows exchanges for which there was no room for a full magazine, so that rounds went to slabs
     */
    record Window(long exchanges, long retries, long underflows, long overflows) {}

    /**
     * The size from now on.
     *
     * @param rounds the size until now
     * @param window what happened with it
     */
    int next(int rounds, Window window) {
        boolean contended = window.retries() * 8 > window.exchanges();
        boolean past = (window.underflows() + window.overflows()) * 2 > window.exchanges();
        boolean draining = window.overflows() > 4 * window.underflows();
        boolean filling = window.underflows() > 4 * window.overflows();
        int next;
        if (contended || (past && !draining && !filling)) {
            next = rounds * 2;
        } else if (past && draining) {
            next = rounds / 2;
        } else if (window.retries() == 0) {
            next = rounds > initial ? Math.max(initial, rounds / 2) : Math.min(initial, rounds * 2);
        } else {
            next = rounds;
        }
        return Math.clamp(next, smallest, largest);
    }
}
