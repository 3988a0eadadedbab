package dev.ashlar.insight.rollout;

import dev.ashlar.api.AllocationHints;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The keys of a rollout in {@value #COUNT} groups of about the same size, by a hash. The groups below a number are on
 * the treatment. So a share is a whole number of thousandths, and a larger one keeps the groups of a smaller one.
 *
 * <p>Safe for use by many threads. A request that runs while the share changes is on the old side or the new one.
 */
final class KeyGroups {

    static final int COUNT = 1000;

    private final RolloutKey key;
    private volatile int treated;

    KeyGroups(RolloutKey key) {
        this.key = key;
    }

    /** The groups below this number are on the treatment. */
    int treated() {
        return treated;
    }

    /**
     * Changes the share.
     *
     * @param share 0 to 1; at least one group is on the treatment if it is above 0
     */
    void share(double share) {
        treated = share <= 0 ? 0 : Math.max(1, (int) Math.round(share * COUNT));
    }

    /** Whether a request is on the treatment. */
    boolean isTreated(AllocationHints hints) {
        int below = treated;
        return below > 0 && of(key.of(hints)) < below;
    }

    /**
     * The group of a request that the treatment served. If each request has a key of its own, by chance, this is any
     * group of the treatment: the group that the request was divided by is not known any more.
     */
    int ofTreated(AllocationHints hints) {
        return key == RolloutKey.ALLOCATION ? anyOf(0, treated) : of(key.of(hints));
    }

    /** The same for a request that control served. */
    int ofUntreated(AllocationHints hints) {
        return key == RolloutKey.ALLOCATION ? anyOf(treated, COUNT) : of(key.of(hints));
    }

    private static int anyOf(int from, int to) {
        return from < to ? ThreadLocalRandom.current().nextInt(from, to) : Math.min(from, COUNT - 1);
    }

    /** The group of a key, 0 to {@value #COUNT} - 1. */
    static int of(long key) {
        return (int) Math.unsignedMultiplyHigh(mix(key), COUNT);
    }

    /** Stafford's 13th variant of the finalizer of MurmurHash3, as in {@link java.util.SplittableRandom}. */
    private static long mix(long key) {
        long mixed = (key ^ (key >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}
