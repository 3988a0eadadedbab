package dev.ashlar.testkit;

import java.util.Objects;

/**
 * What a pool declares about itself, so that the contract can hold it to exactly that.
 *
 * @param seenReleases which invalid releases {@link dev.ashlar.api.Pool#release} sees; through a lease all are seen
 * @param keptPerThread idle objects that a live thread may keep for itself, so that another makes a new one
 */
public record PoolLimits(SeenReleases seenReleases, int keptPerThread) {

    /** Which invalid releases are seen without a lease. */
    public enum SeenReleases {
        /** A second release and an object of another pool both throw. */
        ALL,
        /** None is seen: what it does is undefined, and is not tried. */
        NONE
    }

    /** A pool without limits: it sees every invalid release, and any thread can get every idle object. */
    public static final PoolLimits NONE = new PoolLimits(SeenReleases.ALL, 0);

    /** Checks the ranges. */
    public PoolLimits {
        Objects.requireNonNull(seenReleases, "seenReleases");
        if (keptPerThread < 0) {
            throw new IllegalArgumentException("keptPerThread is " + keptPerThread + ", must be 0 or more");
        }
    }
}
