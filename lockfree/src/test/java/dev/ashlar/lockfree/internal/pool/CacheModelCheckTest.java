package dev.ashlar.lockfree.internal.pool;

import dev.ashlar.lockfree.internal.ModelChecks;
import dev.ashlar.testkit.TestLength;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A cache whose owner puts objects while others take them and evict places, compared with sequential places, in the
 * interleavings that the model checker tries. Each object is a new number, so that an object that is handed out twice
 * is found. The front and the places behind it are checked separately: while an object moves between them, both may
 * seem empty. A pool then only makes an unneeded object.
 */
@Tag("unsafe")
class CacheModelCheckTest {

    @Test
    void mustHandOutEachObjectOnce() {
        check(KeptPlace.class, SequentialKeptPlace.class);
    }

    @Test
    void mustHandOutEachObjectOnceAndLoseNoPlace() {
        check(EvictablePlace.class, SequentialEvictablePlace.class);
    }

    @Test
    void mustBeAStackBehindTheFront() {
        check(Behind.class, SequentialBehind.class);
    }

    private static void check(Class<?> tested, Class<?> sequential) {
        ModelCheckingOptions options = ModelChecks.options();
        options.threads(3)
                .actorsPerThread(2)
                .iterations(TestLength.of(5, 50)) // three threads have many interleavings: 500 would take hours
                .sequentialSpecification(sequential)
                .checkObstructionFreedom(true)
                .check(tested);
    }

    /** The front of a cache that keeps its places. */
    public static class KeptPlace {

        final Cache cache;
        private int next;

        /** An empty cache. */
        public KeptPlace() {
            this(new Cache(null, 1, true));
        }

        KeptPlace(Cache cache) {
            this.cache = cache;
        }

        /** The owner puts an object. */
        @Operation(nonParallelGroup = "owner")
        public boolean put() {
            next++;
            return cache.put(next);
        }

        /** Any thread takes one. */
        @Operation
        public Object take() {
            return cache.take();
        }
    }

    /** The front of a cache whose place is evicted and given again. */
    public static class EvictablePlace extends KeptPlace {

        /** An empty cache without a place. */
        public EvictablePlace() {
            super(new Cache(null, 1, false));
        }

        /** The owner puts an object into a new place. */
        @Operation(nonParallelGroup = "owner")
        public boolean putIntoNewPlace() {
            return cache.putIntoNewPlace(-1);
        }

        /** Any thread evicts the place. */
        @Operation
        public boolean evictPlace() {
            return cache.evictPlace();
        }
    }

    /** Two places behind the front. */
    public static class Behind {

        private final Cache cache = new Cache(null, 3, true);
        private int next;

        /** The owner puts an object. */
        @Operation(nonParallelGroup = "owner")
        public boolean put() {
            next++;
            return cache.putBehind(next, 0);
        }

        /** Any thread takes the last one. */
        @Operation
        public Object take() {
            return cache.takeBehind();
        }
    }

    /** One place in one thread. */
    public static class SequentialKeptPlace {

        boolean place = true;
        Object object;
        int next;

        /** See {@link KeptPlace#put}. */
        public boolean put() {
            next++;
            if (!place || object != null) {
                return false;
            }
            object = next;
            return true;
        }

        /** See {@link KeptPlace#take}. */
        public Object take() {
            Object taken = object;
            object = null;
            return taken;
        }
    }

    /** One evictable place in one thread. */
    public static class SequentialEvictablePlace extends SequentialKeptPlace {

        /** Without a place. */
        public SequentialEvictablePlace() {
            place = false;
        }

        /** See {@link EvictablePlace#putIntoNewPlace}. */
        public boolean putIntoNewPlace() {
            if (place) {
                return false;
            }
            place = true;
            object = -1;
            return true;
        }

        /** See {@link EvictablePlace#evictPlace}. */
        public boolean evictPlace() {
            boolean evicted = place && object == null;
            place &= !evicted;
            return evicted;
        }
    }

    /** A stack of two in one thread. */
    public static class SequentialBehind {

        private final Deque<Integer> stack = new ArrayDeque<>();
        private int next;

        /** See {@link Behind#put}. */
        public boolean put() {
            next++;
            return stack.size() < 2 && stack.offerFirst(next);
        }

        /** See {@link Behind#take}. */
        public Object take() {
            return stack.pollFirst();
        }
    }
}
