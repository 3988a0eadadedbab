package dev.ashlar.adaptive;

import java.time.Duration;

/**
 * Decides how much is kept ready: bytes of a tier, objects of a pool. A pure function: the same situation gives the same
 * capacity.
 */
@FunctionalInterface
public interface CapacityPolicy {

    /**
     * What a policy decides by.
     *
     * @param requests requests in the window
     * @param misses of these, how many had to go upstream
     * @param capacity what is kept ready at most now
     * @param inUse what the load needed of it in the window: of a tier, how far its live bytes rose above their lowest; of a
     *     pool, the objects acquired at once
     * @param sinceResize time since the capacity was last changed
     * @param tooSmall the largest capacity at which the hit rate was seen to be too low a while ago; 0 if none was
     * @param largest what capacity may be at most
     */
    record Situation(
            long requests, long misses, long capacity, long inUse, Duration sinceResize, long tooSmall, long largest) {

        /** Share of the requests that were served from memory at hand; 1 if there was none. */
        public double hitRate() {
            return requests == 0 ? 1 : 1 - (double) misses / requests;
        }
    }

    /**
     * The capacity for a situation.
     *
     * @param situation what happened in the window
     * @return 0 to {@link Situation#largest()}; the present capacity if nothing is to change
     */
    long capacityFor(Situation situation);

    /**
     * The policy that is used where none is given: see {@link HitRatePolicy}.
     *
     * @param config its thresholds
     */
    static CapacityPolicy byHitRate(AdaptationConfig config) {
        return new HitRatePolicy(config.lowHitRate(), config.highHitRate(), config.growth(), config.pause());
    }
}
