package dev.ashlar.lockfree.internal.pool;

import dev.ashlar.api.PoolConfig.Statistics;
import dev.ashlar.api.PoolStats;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what happens to a pool off its shortest path. What happens on it is counted by the tags of the {@link Cache}s,
 * for nothing.
 */
final class Counters {

    /** What is counted. */
    enum Event {
        /** The factory made an object. */
        CREATED,
        /** An acquire had to make one. */
        MISSED,
        /** An object was destroyed. */
        DISCARDED,
        /** An object was released and not kept. */
        NOT_KEPT,
        /** An object was taken out of the shared tier. */
        SHARED_TAKE,
        /** An object was taken out of a cache that is no more. */
        FORMER_TAKE,
        /** An object was taken for another reason than to be acquired. */
        MOVED_OUT,
        /** An object was put that nobody released. */
        MOVED_IN
    }

    /** Empty if nothing is counted. */
    private final Map<Event, LongAdder> sums = new EnumMap<>(Event.class);

    /** Counters that stand at 0, or do nothing. */
    Counters(Statistics statistics) {
        if (statistics == Statistics.RECORDED) {
            for (Event event : Event.values()) {
                sums.put(event, new LongAdder());
            }
        }
    }

    void count(Event event) {
        count(event, 1);
    }

    void count(Event event, long times) {
        LongAdder sum = sums.get(event);
        if (sum != null) {
            sum.add(times);
        }
    }

    private long sum(Event event) {
        LongAdder sum = sums.get(event);
        return sum == null ? 0 : sum.sum();
    }

    /** The figures of a pool. What was put was taken, or is there. */
    PoolStats stats(IdleObjects<?> objects) {
        if (sums.isEmpty()) {
            return PoolStats.ZERO;
        }
        long idle = objects.size();
        long takes = objects.cacheTakes() + sum(Event.FORMER_TAKE) + sum(Event.SHARED_TAKE);
        long puts = takes + idle;
        long retrieved = takes - sum(Event.MOVED_OUT) + sum(Event.MISSED);
        long returned = puts - sum(Event.MOVED_IN) + sum(Event.NOT_KEPT);
        return new PoolStats(
                idle,
                Math.max(0, retrieved - returned), // others may be at work between two looks
                sum(Event.CREATED),
                retrieved,
                returned,
                sum(Event.DISCARDED),
                sum(Event.MISSED));
    }
}
