package dev.ashlar.adaptive.internal;

import java.util.Arrays;

/**
 * What happened lately to one tier or pool: a sliding window over the last passes. For the housekeeping thread.
 *
 * <p>Invariant: {@code requests} and {@code misses} are the sums over the passes that the window holds.
 */
final class SlidingWindow {

    private final long[] requestsOfPass;
    private final long[] missesOfPass;
    private final long[] inUseAtPass;
    private int passes;
    private int next;
    private long requests;
    private long misses;

    /** Totals at the last pass, from which the next one is told apart. */
    private long lastRequests;

    private long lastMisses;

    SlidingWindow(int passes) {
        requestsOfPass = new long[passes];
        missesOfPass = new long[passes];
        inUseAtPass = new long[passes];
    }

    /**
     * A pass. Totals that have become less, because whoever counts them began anew, count as nothing.
     *
     * @param totalRequests requests since the beginning
     * @param totalMisses misses since the beginning
     * @param inUse what is in use now
     */
    void add(long totalRequests, long totalMisses, long inUse) {
        long requestsNow = Math.max(0, totalRequests - lastRequests);
        long missesNow = Math.clamp(totalMisses - lastMisses, 0, requestsNow);
        lastRequests = totalRequests;
        lastMisses = totalMisses;
        requests += requestsNow - requestsOfPass[next];
        misses += missesNow - missesOfPass[next];
        requestsOfPass[next] = requestsNow;
        missesOfPass[next] = missesNow;
        inUseAtPass[next] = inUse;
        next = (next + 1) % requestsOfPass.length;
        passes = Math.min(passes + 1, requestsOfPass.length);
    }

    /** Forgets what happened so far: it says nothing about a capacity that is new. */
    void clear() {
        Arrays.fill(requestsOfPass, 0);
        Arrays.fill(missesOfPass, 0);
        passes = 0;
        next = 0;
        requests = 0;
        misses = 0;
    }

    long requests() {
        return requests;
    }

    long misses() {
        return misses;
    }

    double hitRate() {
        return requests == 0 ? 1 : 1 - (double) misses / requests;
    }

    /** The most that was in use at a pass. */
    long highest() {
        return Arrays.stream(inUseAtPass, 0, passes).max().orElse(0);
    }

    /** How far what is in use rose above its lowest. */
    long swing() {
        return highest() - Arrays.stream(inUseAtPass, 0, passes).min().orElse(0);
    }

    void checkInvariants() {
        if (requests != Arrays.stream(requestsOfPass).sum()
                || misses != Arrays.stream(missesOfPass).sum()
                || misses > requests) {
            throw new AssertionError(requests + " requests, " + misses + " misses, of "
                    + Arrays.toString(requestsOfPass) + " and " + Arrays.toString(missesOfPass));
        }
    }
}
