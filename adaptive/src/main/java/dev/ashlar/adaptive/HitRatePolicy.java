package dev.ashlar.adaptive;

import java.time.Duration;

/**
 * Grows capacity while too many requests go upstream, and lets go of what the load does not use.
 *
 * <ul>
 *   <li>A hit rate below the low mark: capacity times the growth factor, rounded up.
 *   <li>A hit rate above the high mark, and less than half of the capacity in use: twice what is in use, but at least
 *       {@value #LEAST}, and at least what follows the capacity that was too small.
 * </ul>
 *
 * <p><b>Why it settles.</b> On a steady load what is in use does not change, and a larger capacity never has a lower hit
 * rate. Growth goes on only while the rate is too low, so it stops, at the largest capacity if nowhere else. A capacity
 * that was too small is remembered, and shrinking stops above it, so no capacity that was grown out of comes back. After it
 * shrank, at least half of the capacity is in use, or it is at its least, so it does not shrink again.
 *
 * @param lowHitRate below it capacity grows
 * @param highHitRate above it capacity may shrink
 * @param growth more than 1
 * @param pause time between two resizes
 */
public record HitRatePolicy(double lowHitRate, double highHitRate, double growth, Duration pause)
        implements CapacityPolicy {

    /** Capacity does not shrink below this many objects or bytes: less is not worth a decision. */
    public static final long LEAST = 10;

    @Override
    public long capacityFor(Situation situation) {
        long capacity = situation.capacity();
        if (situation.requests() == 0 || situation.sinceResize().compareTo(pause) < 0) {
            return capacity;
        }
        double hitRate = situation.hitRate();
        if (hitRate < lowHitRate) {
            return Math.max(capacity, Math.min(situation.largest(), Math.max(LEAST, grown(capacity))));
        }
        if (hitRate > highHitRate && situation.inUse() < capacity / 2) {
            long wanted = Math.max(LEAST, Math.max(2 * situation.inUse(), grown(situation.tooSmall())));
            return Math.min(capacity, wanted);
        }
        return capacity;
    }

    private long grown(long capacity) {
        return (long) Math.min(Long.MAX_VALUE, Math.ceil(capacity * growth));
    }
}
