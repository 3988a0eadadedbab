package dev.ashlar.lockfree.internal.pool;

import dev.ashlar.api.PoolStats;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what happens to a pool off its shortest path. What happens on it is counted by the tags of the {@link Cache}s, for
 * nothing. A pool that does not count has {@link #OFF}, and there is nothing to look at on any path.
 */
public abstract sealed class Counters {

    /** Counts nothing. */
    public static final Counters OFF = new Off();

    private Counters() {}

    /** Counters that stand at 0. */
    public static Counters recorded() {
        return new Recorded();
    }

    /** The factory made an object. */
    public abstract void created();

    /** An acquire had to make one. */
    public abstract void missed();

    /** An object was let go of. */
    public abstract void discarded();

    /** An object was given back and not kept. */
    public abstract void notKept();

    /** An object was taken out of the shared tier. */
    abstract void sharedTake();

    /** An object was taken for another reason than to be acquired. */
    abstract void movedOut();

    /** An object was put that nobody gave back. */
    public abstract void movedIn();

    /** A cache is no more, from which objects were taken so often. */
    abstract void adopt(long takes);

    /**
     * The figures of a pool. What was put was taken, or is there.
     *
     * @param inventory where its objects are
     */
    public abstract PoolStats stats(Inventory inventory);

    private static final class Off extends Counters {

        @Override
        public void created() {}

        @Override
        public void missed() {}

        @Override
        public void discarded() {}

        @Override
        public void notKept() {}

        @Override
        void sharedTake() {}

        @Override
        void movedOut() {}

        @Override
        public void movedIn() {}

        @Override
        void adopt(long takes) {}

        @Override
        public PoolStats stats(Inventory inventory) {
            return PoolStats.ZERO;
        }
    }

    private static final class Recorded extends Counters {

        private final LongAdder created = new LongAdder();
        private final LongAdder missed = new LongAdder();
        private final LongAdder discarded = new LongAdder();
        private final LongAdder notKept = new LongAdder();
        private final LongAdder sharedTakes = new LongAdder();
        private final LongAdder movedOut = new LongAdder();
        private final LongAdder movedIn = new LongAdder();
        private final LongAdder adopted = new LongAdder();

        @Override
        public void created() {
            created.increment();
        }

        @Override
        public void missed() {
            missed.increment();
        }

        @Override
        public void discarded() {
            discarded.increment();
        }

        @Override
        public void notKept() {
            notKept.increment();
        }

        @Override
        void sharedTake() {
            sharedTakes.increment();
        }

        @Override
        void movedOut() {
            movedOut.increment();
        }

        @Override
        public void movedIn() {
            movedIn.increment();
        }

        @Override
        void adopt(long takes) {
            adopted.add(takes);
        }

        @Override
        public PoolStats stats(Inventory inventory) {
            long idle = inventory.idle();
            long takes = inventory.cacheTakes() + adopted.sum() + sharedTakes.sum();
            long puts = takes + idle;
            long retrieved = takes - movedOut.sum() + missed.sum();
            long returned = puts - movedIn.sum() + notKept.sum();
            return new PoolStats(
                    idle,
                    Math.max(0, retrieved - returned), // others may be at work between two looks
                    created.sum(),
                    retrieved,
                    returned,
                    discarded.sum(),
                    missed.sum());
        }
    }
}
