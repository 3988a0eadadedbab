package dev.ashlar.buddy.internal;

/**
 * What regions have done so far.
 *
 * @param served blocks
 * @param misses of these, how many had a region taken for them
 * @param freed blocks
 * @param requestedBytes of blocks that are live
 * @param allocatedBytes of blocks that are live
 */
record RegionCounts(long served, long misses, long freed, long requestedBytes, long allocatedBytes) {

    static final RegionCounts NONE = new RegionCounts(0, 0, 0, 0, 0);

    RegionCounts plus(RegionCounts other) {
        return new RegionCounts(
                served + other.served,
                misses + other.misses,
                freed + other.freed,
                requestedBytes + other.requestedBytes,
                allocatedBytes + other.allocatedBytes);
    }
}
