package dev.ashlar.buddy.internal;

import dev.ashlar.spi.support.VarHandles;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The requested bytes of all regions, and the idle regions, without a walk over the regions.
 *
 * <h2>Design</h2>
 *
 * <p>A thread that leaves a region pushes it onto a stack of changed regions, unless it is there. Whoever needs the
 * totals takes the whole stack first, and corrects them by what changed in these regions. That costs a few steps for
 * each of these regions, and a step in a tree if it became idle or was used again. An operation changes one region. So
 * the totals cost a few steps for each operation, amortised.
 *
 * <h2>Concurrency</h2>
 *
 * <p>The stack is lock-free (Treiber, 1986). It is only taken as a whole, so ABA cannot happen. The totals are guarded
 * by this. No change is lost. A thread leaves the region first, and then looks whether the region is on the stack. A
 * thread that takes it off the stack says so first, and then looks at the region. All of these accesses are volatile,
 * so at least one of the two threads sees the other.
 *
 * <h2>Invariant</h2>
 *
 * <ul>
 *   <li>When no thread is in a region, and the stack is empty, the totals are the sums over the regions.
 * </ul>
 */
final class RegionTotals {

    private static final VarHandle TOP = VarHandles.of(MethodHandles.lookup(), "top", Region.class);

    /** The changed region that was pushed last. */
    private volatile @Nullable Region top;

    /** Guarded by this. */
    private long requestedBytes;

    /** The bytes that idle regions take. Guarded by this. */
    private long idleBytes;

    /** Idle regions, oldest first. Guarded by this. */
    private final TreeSet<Region> idle = new TreeSet<>(RegionTotals::byAge);

    /** The same, by size. Guarded by this. */
    private final TreeSet<Region> idleBySize = new TreeSet<>(RegionTotals::bySize);

    /** Regions that were looked at so far. Guarded by this. */
    private long steps;

    private static int byAge(Region one, Region other) {
        return Long.compare(one.number(), other.number());
    }

    private static int bySize(Region one, Region other) {
        int bySize = Long.compare(one.takenBytes(), other.takenBytes());
        return bySize != 0 ? bySize : byAge(one, other);
    }

    /** Notes that a region has changed. Called after a thread left it. */
    void noteChange(Region region) {
        if (region.pushed()) {
            Region below;
            do {
                below = top;
                region.below = below;
            } while (!TOP.compareAndSet(this, below, region));
        }
    }

    /** Corrects the totals by what changed. */
    private void update() {
        Region region = top == null ? null : (Region) TOP.getAndSet(this, null);
        while (region != null) {
            Region below = region.below; // first: it may be pushed again
            region.popped();
            correct(region, region.requestedBytes(), !region.isRetired() && region.isIdle());
            region = below;
        }
    }

    private void correct(Region region, long requested, boolean isIdle) {
        steps++;
        requestedBytes += requested - region.totalled;
        region.totalled = requested;
        if (isIdle && idle.add(region)) {
            idleBySize.add(region);
            idleBytes += region.takenBytes();
        } else if (!isIdle && idle.remove(region)) {
            idleBySize.remove(region);
            idleBytes -= region.takenBytes();
        }
    }

    /** Removes a retired region. */
    synchronized void remove(Region region) {
        correct(region, region.requestedBytes(), false);
    }

    /** The requested bytes of live blocks. At a close they include those of released regions. */
    synchronized long requestedBytes() {
        update();
        return requestedBytes;
    }

    /** The bytes that idle regions take. */
    synchronized long idleBytes() {
        update();
        return idleBytes;
    }

    /** The bytes that the largest idle region takes, or 0. As of the last call of {@link #idleBytes}. */
    synchronized long largestIdle() {
        return idleBySize.isEmpty() ? 0 : idleBySize.last().takenBytes();
    }

    /** The youngest idle region, or null. */
    synchronized @Nullable Region youngestIdle() {
        update();
        return idle.isEmpty() ? null : idle.last();
    }

    /** The youngest idle region that is older than another one, or null. As of the last call of another method. */
    synchronized @Nullable Region olderIdle(Region than) {
        steps++;
        return idle.lower(than);
    }

    /** Regions that were looked at so far. For tests. */
    synchronized long steps() {
        return steps;
    }

    /** Whether a region is idle, as of when it was looked at last. For tests. */
    synchronized boolean isIdle(Region region) {
        update();
        return idle.contains(region);
    }
}
