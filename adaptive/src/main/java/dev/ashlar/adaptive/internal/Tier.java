package dev.ashlar.adaptive.internal;

import dev.ashlar.api.AllocatorStats;
import java.util.ArrayList;
import java.util.List;

/**
 * A range of sizes and the parts that serve its plain requests: one for new blocks, and those that served before the size
 * classes were changed, which drain.
 *
 * <p>A part that drains is never closed before the allocator is: another thread may have looked it up a moment ago, and
 * allocate from it now. It holds no memory as soon as it has drained, and there are at most {@value #MOST_PARTS} of them.
 */
final class Tier {

    /** A tier whose table had to change so often is not one that a table fits. */
    static final int MOST_PARTS = 8;

    private final String name;
    private final long upTo;
    private final double capacityShare;
    private final boolean keepsReserve;
    private final Strategy strategy;
    private volatile List<Part> parts;

    Tier(String name, long upTo, double capacityShare, boolean keepsReserve, Part first) {
        this.name = name;
        this.upTo = upTo;
        this.capacityShare = capacityShare;
        this.keepsReserve = keepsReserve;
        this.strategy = first.strategy();
        this.parts = List.of(first);
    }

    String name() {
        return name;
    }

    long upTo() {
        return upTo;
    }

    /** Its part of the capacity that is shared. */
    double capacityShare() {
        return capacityShare;
    }

    /** Whether the reserve is this tier's. */
    boolean keepsReserve() {
        return keepsReserve;
    }

    Strategy strategy() {
        return strategy;
    }

    /** All parts, that for new blocks last. */
    List<Part> parts() {
        return parts;
    }

    /** The part for new blocks. */
    Part current() {
        return parts.getLast();
    }

    /** Whether the table may change once more. */
    boolean maySwitch() {
        return parts.size() < MOST_PARTS;
    }

    /** Makes a part the one for new blocks. For the housekeeping thread. */
    void switchTo(Part next) {
        List<Part> more = new ArrayList<>(parts);
        more.add(next);
        parts = List.copyOf(more);
    }

    AllocatorStats stats() {
        return Totals.of(parts);
    }
}
