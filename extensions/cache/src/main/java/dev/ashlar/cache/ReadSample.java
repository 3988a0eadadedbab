package dev.ashlar.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What other policies and sizes would have reached, by simulation on a sample of the keys.
 *
 * <p>A key is in the sample by its hash, so either all of its reads are or none. A cache of n bytes is simulated by one
 * of n / {@code oneIn} bytes that sees only the sample. This is the method SHARDS of Waldspurger, Park, Garthwaite and
 * Ahmad, <i>Efficient MRC Construction with SHARDS</i>, FAST 2015. The simulated caches have hashes and weights, and no
 * values.
 *
 * <p>A read that finds another thread at work here is not sampled, so no read waits.
 */
final class ReadSample {

    /** Rows by the logarithm of the size. */
    private static final int ROWS = 32;

    /** Rows by the logarithm of the age. */
    private static final int AGE_ROWS = 64;

    private final int oneIn;
    private final List<Shadow> shadows = new ArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Ages ages;
    private long reads;

    // By the logarithm of the weight, rounded up.
    private final long[] stored = new long[ROWS];
    private final long[] storedBytes = new long[ROWS];
    private final long[] hits = new long[ROWS];

    /**
     * A sample of nothing.
     *
     * @param oneIn a power of two
     * @param nanoTime the clock of ages
     */
    ReadSample(Eviction eviction, long maximumBytes, int oneIn, LongSupplier nanoTime) {
        this.oneIn = oneIn;
        ages = new Ages(nanoTime);
        for (Eviction each : Eviction.values()) {
            shadows.add(new Shadow(each, maximumBytes, oneIn, each == eviction ? ages : null));
        }
        shadows.add(new Shadow(eviction, maximumBytes / 2, oneIn, null));
        shadows.add(new Shadow(eviction, 2 * maximumBytes, oneIn, null));
        shadows.add(new Shadow(eviction, 4 * maximumBytes, oneIn, null));
    }

    /** A finalizer of 32 bits, because the hash codes of keys may differ in few bits only. */
    private static int mixed(int hash) {
        int mixed = (hash ^ (hash >>> 16)) * 0x85ebca6b;
        mixed = (mixed ^ (mixed >>> 13)) * 0xc2b2ae35;
        return mixed ^ (mixed >>> 16);
    }

    private boolean isSampled(int mixed) {
        return (mixed & (oneIn - 1)) == 0;
    }

    private static int row(int weight) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(weight - 1);
    }

    /**
     * A key was read.
     *
     * @param weight of its value, or 0 if there was none
     */
    void read(Object key, int weight) {
        int hash = mixed(key.hashCode());
        if (!isSampled(hash) || !lock.tryLock()) {
            return;
        }
        try {
            reads++;
            if (weight > 0) {
                hits[row(weight)]++;
            }
            for (Shadow shadow : shadows) {
                shadow.read(hash, weight);
            }
        } finally {
            lock.unlock();
        }
    }

    /** A value was stored. */
    void stored(Object key, int weight) {
        int hash = mixed(key.hashCode());
        if (!isSampled(hash) || !lock.tryLock()) {
            return;
        }
        try {
            stored[row(weight)]++;
            storedBytes[row(weight)] += weight;
            for (Shadow shadow : shadows) {
                shadow.stored(hash, weight);
            }
        } finally {
            lock.unlock();
        }
    }

    /** What was found so far. */
    CacheAnalysis.Sample sample() {
        lock.lock();
        try {
            List<CacheAnalysis.Simulated> simulated = shadows.stream()
                    .map(shadow -> new CacheAnalysis.Simulated(
                            shadow.eviction, shadow.maximumBytes, reads == 0 ? 1 : (double) shadow.hits / reads))
                    .toList();
            List<CacheAnalysis.Size> sizes = new ArrayList<>();
            for (int row = 0; row < ROWS; row++) {
                if (stored[row] > 0) {
                    sizes.add(new CacheAnalysis.Size(1L << row, stored[row], storedBytes[row], hits[row]));
                }
            }
            return new CacheAnalysis.Sample(oneIn, reads, simulated, sizes, ages.list());
        } finally {
            lock.unlock();
        }
    }

    /** How old values are when they are hit or evicted, in the simulated cache that is as the real one. */
    private static final class Ages {
        private final LongSupplier nanoTime;
        private final Map<Integer, Long> storedAt = new HashMap<>();
        private final long[] hits = new long[AGE_ROWS];
        private final long[] evicted = new long[AGE_ROWS];

        Ages(LongSupplier nanoTime) {
            this.nanoTime = nanoTime;
        }

        void stored(int hash) {
            storedAt.put(hash, nanoTime.getAsLong());
        }

        void hit(int hash) {
            count(hits, storedAt.get(hash));
        }

        void evicted(int hash) {
            count(evicted, storedAt.remove(hash));
        }

        private void count(long[] rows, @Nullable Long since) {
            if (since != null) {
                long age = Math.max(1, nanoTime.getAsLong() - since);
                rows[Math.min(AGE_ROWS - 2, Long.SIZE - Long.numberOfLeadingZeros(age - 1))]++;
            }
        }

        List<CacheAnalysis.Age> list() {
            List<CacheAnalysis.Age> list = new ArrayList<>();
            for (int row = 0; row < AGE_ROWS; row++) {
                if (hits[row] + evicted[row] > 0) {
                    list.add(new CacheAnalysis.Age(Duration.ofNanos(1L << row), hits[row], evicted[row]));
                }
            }
            return list;
        }
    }

    /** A simulated cache. Guarded by the lock. */
    private static final class Shadow {
        final Eviction eviction;
        final long maximumBytes;
        private final long room;
        private final EvictionOrder<Integer> order;
        private final Map<Integer, Integer> weights = new HashMap<>();
        private final @Nullable Ages ages;
        private long bytes;
        long hits;

        Shadow(Eviction eviction, long maximumBytes, int oneIn, @Nullable Ages ages) {
            this.eviction = eviction;
            this.maximumBytes = maximumBytes;
            this.ages = ages;
            room = Math.max(1, maximumBytes / oneIn);
            order = eviction == Eviction.ADAPTIVE ? new AdaptiveOrder(room, this::removed) : eviction.order();
        }

        void read(int hash, int weight) {
            if (weights.containsKey(hash)) {
                hits++;
                order.hit(hash);
                if (ages != null) {
                    ages.hit(hash);
                }
            } else if (weight > 0) {
                stored(hash, weight);
            }
        }

        void stored(int hash, int weight) {
            Integer before = weights.put(hash, weight);
            if (ages != null) {
                ages.stored(hash);
            }
            if (before != null && before == weight) {
                return; // after a miss of the real cache that was a hit here
            }
            bytes += weight - (before == null ? 0 : before);
            order.added(hash, weight);
            if (bytes > room) {
                for (int coldest : order.coldest(bytes - room)) {
                    order.removed(coldest);
                    removed(coldest);
                }
            }
        }

        private void removed(int hash) {
            Integer weight = weights.remove(hash);
            if (weight != null) {
                bytes -= weight;
                if (ages != null) {
                    ages.evicted(hash);
                }
            }
        }
    }

    /** Caffeine with weights as values. It evicts by itself, and tells the shadow. */
    private static final class AdaptiveOrder implements EvictionOrder<Integer> {

        private final Cache<Integer, Integer> cache;

        AdaptiveOrder(long room, IntConsumer removed) {
            cache = Caffeine.newBuilder()
                    .executor(Runnable::run)
                    .maximumWeight(room)
                    .weigher((Integer hash, Integer weight) -> weight)
                    .evictionListener((hash, weight, cause) -> {
                        if (hash != null) {
                            removed.accept(hash);
                        }
                    })
                    .build();
        }

        @Override
        public void added(Integer hash, int weight) {
            cache.put(hash, weight);
        }

        @Override
        public void removed(Integer hash) {
            cache.invalidate(hash);
        }

        @Override
        public void hit(Integer hash) {
            var _ = cache.getIfPresent(hash); // the read counts
        }

        @Override
        public List<Integer> coldest(long bytes) {
            return List.of(); // it has evicted already
        }
    }
}
