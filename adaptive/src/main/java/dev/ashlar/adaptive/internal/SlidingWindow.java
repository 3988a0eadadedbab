package dev.ashlar.adaptive.internal;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.ToLongFunction;

/** What happened lately to one tier or pool: a sliding window over the last passes. For the housekeeping thread. */
final class SlidingWindow {

    private record Pass(long requests, long misses, long inUse) {}

    /** Passes that it holds at most. */
    private final int length;

    private final Deque<Pass> passes = new ArrayDeque<>();

    /** Totals at the last pass, from which the next one is told apart. */
    private long lastRequests;

    private long lastMisses;

    SlidingWindow(int length) {
        this.length = length;
    }

    /**
     * A pass. Totals that have become less, because whoever counts them began anew, count as nothing.
     *
     * @param totalRequests requests since the beginning
     * @param totalMisses misses since the beginning
     * @param inUse what is in use now
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

    /** Forgets what happened so far: it says nothing about a bound that is new. */
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

    /** The most that was in use at a pass. */
    long highest() {
        return passes.stream().mapToLong(Pass::inUse).max().orElse(0);
    }

    /** How far what is in use rose above its lowest. */
    long swing() {
        return highest() - passes.stream().mapToLong(Pass::inUse).min().orElse(0);
    }
}
