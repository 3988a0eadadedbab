package dev.ashlar.adaptive.internal;

/**
 * A range of sizes, and the part that serves its plain requests.
 *
 * @param name for people
 * @param upTo the largest block
 * @param capacityShare its part of the capacity that is shared
 * @param keepsReserve whether the reserve is this tier's
 * @param part serves its plain requests
 */
record Tier(String name, long upTo, double capacityShare, boolean keepsReserve, Part part) {

    Strategy strategy() {
        return part.strategy();
    }
}
