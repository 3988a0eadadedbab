package dev.ashlar.adaptive.internal;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.ToLongFunction;

/** A sliding window over the last passes of one tier or pool. For the housekeeping thread. */
final class SlidingWindow {

    private record Pass(long requests, long misses, long inUse) {}

    /** The most passes in the window. */
    private final int length;

    private final Deque<Pass> passes = new ArrayDeque<>();

    /** Totals at the last pass, to compute the next difference. */
    private long lastRequests;

    private long lastMisses;

    SlidingWindow(int length) {
        this.length = length;
    }

    /**
     * Adds a pass. Totals that have fallen, because counting started again, count as 0.
     *
     * @param totalRequests requests since the beginning
     * @param totalMisses misses since the beginning
     * @param inUse bytes or objects in use now
     */
    void add(long totalRequests, long totalMisses, long inUse) {
        long requests = Math.max(0, totalRequests - lastRequests);
        long misses = Math.clamp(totalMisses - lastMisses, 0, requests);
        lastRequests = totalRequests;
        lastMisses = totalMisses;
        if (passes.size() == length) {
            passes.removeFirst();
        }
        passes.addLast(new Pass(requests, misses, inUse));
    }

    /** Clears the window, because it is not valid for a new bound. */
    void clear() {
        passes.clear();
    }

    private long sum(ToLongFunction<Pass> figure) {
        return passes.stream().mapToLong(figure).sum();
    }

    long requests() {
        return sum(Pass::requests);
    }

    /** Misses of the last pass alone. */
    long lastMisses() {
        return passes.isEmpty() ? 0 : passes.getLast().misses;
    }

    /** Share of the requests that were served without new memory from the source; 1 if there was none. */
    double hitRate() {
        long requests = requests();
        return requests == 0 ? 1 : 1 - (double) sum(Pass::misses) / requests;
    }

    /** The highest use at a pass. */
    long highest() {
        return passes.stream().mapToLong(Pass::inUse).max().orElse(0);
    }

    /** How far the use rose above its lowest. */
    long swing() {
        return highest() - passes.stream().mapToLong(Pass::inUse).min().orElse(0);
    }
}
