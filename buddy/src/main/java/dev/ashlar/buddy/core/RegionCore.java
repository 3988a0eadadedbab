package dev.ashlar.buddy.core;

/**
 * Which granules of a region are in blocks. Places and lengths are in granules, counted from the region's start; there
 * is no memory behind them, and no bookkeeping lies in the region itself.
 *
 * <p>A block ends in two steps, so that of many who free it one succeeds, while all others stay out of the algorithm's
 * way: whoever wants to free it {@linkplain #claim claims} it, and then the one thread that holds the region
 * {@linkplain #release releases} what was claimed.
 *
 * <p>Invariant: used + free = length, and no two neighbouring runs are both free unless the algorithm cannot join them.
 *
 * <p>Not synchronized: one thread at a time holds a region and calls its methods. Only {@link #claim}, {@link #isLive}
 * and the figures are for any thread at any time.
 */
public sealed interface RegionCore permits BuddyCore, TlsfCore {

    /** No granule. */
    int NONE = -1;

    /** How many granules the region has. */
    int length();

    /**
     * Makes a block.
     *
     * @param length 1 to {@link RegionAlgorithm#LARGEST_REGION}
     * @param alignment a power of two; the block starts at a multiple of it
     * @return the block's first granule, or {@link #NONE} if there is no room
     */
    int take(int length, int alignment);

    /**
     * Makes a block where only a search of free runs finds room: for a request that would be refused otherwise, because
     * a block of its kind may have left such a run. What was freed last is found for certain; of the other runs a fixed
     * number are looked at.
     *
     * @param length 1 to {@link RegionAlgorithm#LARGEST_REGION}
     * @param alignment a power of two; the block starts at a multiple of it
     * @return the block's first granule, or {@link #NONE} if there is no room
     */
    default int takeTight(int length, int alignment) {
        return take(length, alignment);
    }

    /**
     * Ends the life of a block. Of many threads that claim the same block, one is told that it did. For any thread.
     *
     * @param start 0 to {@code length() - 1}
     * @return false if no live block starts there; then nothing changes
     */
    boolean claim(int start);

    /**
     * Whether a live block starts at a granule. For any thread.
     *
     * @param start 0 to {@code length() - 1}
     */
    boolean isLive(int start);

    /**
     * Makes the granules of a claimed block free.
     *
     * @param start where a block starts that was claimed and not released
     * @return the block's length
     */
    int release(int start);

    /**
     * Changes the length of a live block without moving it: a longer one takes of the free run behind it, of a shorter
     * one the tail becomes free.
     *
     * @param start where a live block starts
     * @param length its new length, 1 to {@link RegionAlgorithm#LARGEST_REGION}, to be rounded
     * @return false if the run behind it is not free or too short; then nothing changes
     */
    boolean resize(int start, int length);

    /**
     * The length of a block. For any thread while the block is live: the places where it starts and ends are marked as
     * long as it lives, and no other is marked between them.
     *
     * @param start where a live or claimed block starts
     */
    int lengthOf(int start);

    /**
     * The first live block from a granule on. Costs time in proportion to the granules passed over.
     *
     * @param from 0 to {@code length()}
     * @return where it starts, or {@link #NONE}
     */
    int nextLive(int from);

    /**
     * The last live block that starts at or before a granule. Costs time in proportion to the granules passed over.
     *
     * @param from 0 to {@code length() - 1}
     * @return where it starts, or {@link #NONE}
     */
    int previousLive(int from);

    /** The longest run that is surely free: a request is served if its {@link RegionAlgorithm#runFor} is not longer. */
    int room();

    /** Granules in blocks. For any thread; exact when nobody holds the region. */
    int used();

    /**
     * Blocks, live ones and ones that are claimed but not released. For any thread; exact when nobody holds the region.
     */
    int blocks();

    /** Bytes that the bookkeeping takes on the heap, estimated for compressed references. */
    long metadataBytes();

    /**
     * Steps of all searches so far: words of bitmaps looked at, runs looked at, splits and joins. What one operation
     * adds is bounded, whatever was done before.
     */
    long steps();

    /**
     * Checks the invariants. For tests; costs time in proportion to the region.
     *
     * @throws IllegalStateException naming the invariant that does not hold
     */
    void checkInvariants();
}
