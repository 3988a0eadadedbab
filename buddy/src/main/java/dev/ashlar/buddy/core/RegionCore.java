package dev.ashlar.buddy.core;

/**
 * Divides a region into blocks and free runs. Positions and lengths are in granules from the region's start. It works
 * without memory, and keeps no bookkeeping in the region itself.
 *
 * <p>A block ends in two steps, so that exactly one of several frees succeeds without entering the algorithm. Any
 * thread that wants to free it {@linkplain #claim claims} it. Then the thread that holds the region {@linkplain
 * #release releases} claimed blocks.
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
     * Makes a block in a run that only a search of free runs finds, for a request that would be refused otherwise. The
     * run around the block that was freed last is always found. Of the other runs a fixed number is tried.
     *
     * @param length 1 to {@link RegionAlgorithm#LARGEST_REGION}
     * @param alignment a power of two; the block starts at a multiple of it
     * @return the block's first granule, or {@link #NONE} if there is no room
     */
    default int takeTight(int length, int alignment) {
        return take(length, alignment);
    }

    /**
     * Ends the life of a block. If several threads claim the same block, exactly one gets true. For any thread.
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
     * @param start the start of a block that was claimed and not released
     * @return the block's length
     */
    int release(int start);

    /**
     * Changes the length of a live block without moving it: a longer one takes granules of the free run behind it, and
     * the tail of a shorter one becomes free.
     *
     * @param start where a live block starts
     * @param length its new length, 1 to {@link RegionAlgorithm#LARGEST_REGION}, to be rounded
     * @return false if the run behind it is not free or too short; then nothing changes
     */
    boolean resize(int start, int length);

    /**
     * The length of a block. For any thread while the block is live: its start and end are marked as long as it lives,
     * with no other mark between them.
     *
     * @param start where a live or claimed block starts
     */
    int lengthOf(int start);

    /**
     * The first live block from a granule on. Costs time in proportion to the granules in between.
     *
     * @param from 0 to {@code length()}
     * @return where it starts, or {@link #NONE}
     */
    int nextLive(int from);

    /**
     * The last live block that starts at or before a granule. Costs time in proportion to the granules in between.
     *
     * @param from 0 to {@code length() - 1}
     * @return where it starts, or {@link #NONE}
     */
    int previousLive(int from);

    /**
     * A lower bound of the longest free run: a request is served if its {@link RegionAlgorithm#runFor} is not longer.
     */
    int room();

    /** Granules in blocks. For any thread; exact while no thread holds the region. */
    int used();

    /**
     * Blocks: live ones, and claimed ones that are not released yet. For any thread; exact while no thread holds the
     * region.
     */
    int blocks();

    /** Bytes that the bookkeeping takes on the heap, estimated for compressed references. */
    long metadataBytes();

    /**
     * Steps of all operations so far: words of bitmaps read, runs tried, splits and joins. The steps of one operation
     * are bounded, whatever was done before.
     */
    long steps();

    /**
     * Checks the invariants. For tests; costs time in proportion to the region.
     *
     * @throws IllegalStateException naming the invariant that does not hold
     */
    void checkInvariants();
}
