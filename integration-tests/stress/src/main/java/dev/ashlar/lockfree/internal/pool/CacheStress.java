package dev.ashlar.lockfree.internal.pool;

import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A thread's cache of idle objects, from which another thread takes, under memory order. */
public class CacheStress {

    private CacheStress() {}

    /**
     * A cache with 1 in front and 2 behind it. The owner takes one, drops stale references, and puts the object back.
     */
    private static final class TwoObjects {
        private final Cache cache;

        TwoObjects(boolean keepsPlaces) {
            cache = new Cache(null, 3, keepsPlaces);
            put(1);
            put(2);
        }

        private void put(Object object) {
            if (!cache.put(object)) {
                cache.putIntoNewPlace(object);
            }
        }

        void takeAndPutBack() {
            Object object = cache.take();
            cache.forget();
            if (object != null) {
                put(object);
            }
        }

        int take() {
            return numberOf(cache.take());
        }

        int sumOfRest() {
            cache.checkInvariants();
            int sum = 0;
            for (int i = 0; i < 3; i++) {
                sum += take();
            }
            return sum;
        }

        private static int numberOf(@Nullable Object object) {
            return object == null ? 0 : (Integer) object;
        }
    }

    /** Places of the cache cannot be evicted, so a put in front is a store with release. */
    @JCStressTest
    @Outcome(id = "1, 2", expect = Expect.ACCEPTABLE, desc = "The thief has the first object")
    @Outcome(id = "2, 1", expect = Expect.ACCEPTABLE, desc = "The thief has the second object")
    @Outcome(expect = Expect.FORBIDDEN, desc = "An object is lost, or two have it")
    @State
    public static class KeptPlaces {
        private final TwoObjects cache = new TwoObjects(true);

        /** The owner. */
        @Actor
        public void own() {
            cache.takeAndPutBack();
        }

        /** Another thread. */
        @Actor
        public void steal(II_Result result) {
            result.r1 = cache.take();
        }

        /** What is left. */
        @Arbiter
        public void count(II_Result result) {
            result.r2 = cache.sumOfRest();
        }
    }

    /** Places of the cache can be evicted, so a put in front is a compare-and-set. */
    @JCStressTest
    @Outcome(id = "1, 2", expect = Expect.ACCEPTABLE, desc = "The thief has the first object")
    @Outcome(id = "2, 1", expect = Expect.ACCEPTABLE, desc = "The thief has the second object")
    @Outcome(expect = Expect.FORBIDDEN, desc = "An object is lost, or two have it")
    @State
    public static class EvictablePlaces {
        private final TwoObjects cache = new TwoObjects(false);

        /** The owner. */
        @Actor
        public void own() {
            cache.takeAndPutBack();
        }

        /** Another thread. */
        @Actor
        public void steal(II_Result result) {
            result.r1 = cache.take();
        }

        /** What is left. */
        @Arbiter
        public void count(II_Result result) {
            result.r2 = cache.sumOfRest();
        }
    }
}
