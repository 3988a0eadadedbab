package dev.ashlar.testkit;

import java.util.Objects;

/**
 * The limits that a pool declares, so that the contract can test exactly these.
 *
 * @param seenReleases which invalid releases {@link dev.ashlar.api.Pool#release} sees; through a lease all are seen
 * @param keptPerThread idle objects that a live thread may keep for itself, so that another thread makes new ones
 */
public record PoolLimits(SeenReleases seenReleases, int keptPerThread) {

    /** Which invalid releases are seen without a lease. */
    public enum SeenReleases {
        /** A second release and an object of another pool both throw. */
        ALL,
        /** None is seen. The effect of an invalid release is undefined, and not tested. */
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
