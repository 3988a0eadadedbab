package dev.ashlar.adaptive.internal;

/**
 * A range of sizes, and what serves its plain requests.
 *
 * @param name for people
 * @param upTo the largest block
 * @param capacityShare its part of the capacity that is shared
 * @param sub serves its plain requests
 */
record Tier(String name, long upTo, double capacityShare, SubAllocator sub) {

    Strategy strategy() {
        return sub.strategy();
    }
}
