package dev.ashlar.cache;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Reads through a cache, and loads ahead what will be read next: for keys that have an order, by the strides of earlier
 * reads; for others, by a pattern of the user.
 *
 * {@snippet class="dev.ashlar.verification.shown.CacheCodeTest" region="prefetch"}
 *
 * <p>Loads ahead run on an executor, only so many at a time. Values that were loaded ahead and are not read yet take at
 * most 1/16 of the cache: more would be evicted before they are read, or evict what is. Of each 32 values that were
 * loaded ahead, those that were read decide how far to load ahead: below a quarter half as far, above a half twice as
 * far.
 *
 * <p>A load ahead that throws, or that the executor refuses, is only counted. The next reader of its key loads itself,
 * and gets the exception if that throws again.
 *
 * <p>Safe for use by many threads. A read that finds another thread at work here loads nothing ahead.
 *
 * @param <K> the type of keys
 */
public final class Prefetcher<K> {

    /** Values that were loaded ahead and not read yet take at most this share of the cache. */
    private static final int UNUSED_SHARE = 16;

    /** After so many outcomes the depth is chosen again. */
    private static final int OUTCOMES = 32;

    private final OffHeapCache<K> cache;
    private final Function<? super K, ? extends @Nullable MemorySegment> loader;
    private final Function<? super K, ? extends Collection<? extends K>> next;
    private final Executor executor;
    private final int mostInFlight;
    private final int mostDepth;

    private final ReentrantLock lock = new ReentrantLock();

    /**
     * A load ahead. Of one key there may be several, because a key that was read while it was loaded may be chosen
     * again. Guarded by the lock.
     */
    private static final class Ahead<K> {
        final K key;

        /** Bytes of the value; -1 while it is loaded. */
        long bytes = -1;

        boolean isUnderWay = true;

        Ahead(K key) {
            this.key = key;
        }
    }

    /** The last load ahead of each key that was not read since. The oldest first. */
    private final Map<K, Ahead<K>> unused = new LinkedHashMap<>();

    private long unusedBytes;
    private int inFlight;
    private int depth;

    private int outcomes;
    private int usedOutcomes;

    private long started;
    private long used;
    private long wasted;
    private long skipped;
    private long failed;

    /**
     * What a prefetcher did.
     *
     * @param started loads ahead that were started
     * @param used values that were read after they were loaded ahead, or while they were
     * @param wasted values that were evicted or removed before they were read
     * @param skipped loads ahead that were not started: too many were under way or not read yet
     * @param failed loads ahead that threw, or gave nothing
     */
    public record Stats(long started, long used, long wasted, long skipped, long failed) {

        /** Used / started; 1 if none was started. */
        public double usedShare() {
            return started == 0 ? 1 : (double) used / started;
        }
    }

    private Prefetcher(
            OffHeapCache<K> cache,
            Function<? super K, ? extends @Nullable MemorySegment> loader,
            Function<? super K, ? extends Collection<? extends K>> next,
            Executor executor,
            int mostInFlight) {
        this.cache = Objects.requireNonNull(cache, "cache");
        this.loader = Objects.requireNonNull(loader, "loader");
        this.next = next;
        this.executor = Objects.requireNonNull(executor, "executor");
        if (mostInFlight < 1) {
            throw new IllegalArgumentException("mostInFlight is " + mostInFlight + ", must be 1 or more");
        }
        this.mostInFlight = mostInFlight;
        mostDepth = mostInFlight;
        depth = mostDepth;
    }

    /**
     * For keys that are read one after another, or in steps of equal length. From the fourth read in equal steps on, it
     * loads ahead. It follows 16 such streams at a time.
     *
     * @param <K> the type of keys
     * @param cache has the values
     * @param loader as of {@link OffHeapCache#getOrLoad}
     * @param place the place of a key in their order
     * @param key the key at a place, or null if there is none
     * @param executor loads ahead. It runs each task that it accepts
     * @param mostInFlight loads ahead at the same time, and how far they go, 1 or more
     */
    public static <K> Prefetcher<K> byStride(
            OffHeapCache<K> cache,
            Function<? super K, ? extends @Nullable MemorySegment> loader,
            ToLongFunction<? super K> place,
            LongFunction<? extends @Nullable K> key,
            Executor executor,
            int mostInFlight) {
        Strides strides = new Strides();
        return new Prefetcher<>(
                cache,
                loader,
                read -> {
                    List<K> keys = new ArrayList<>();
                    for (long ahead : strides.after(place.applyAsLong(read), mostInFlight)) {
                        K found = key.apply(ahead);
                        if (found != null) {
                            keys.add(found);
                        }
                    }
                    return keys;
                },
                executor,
                mostInFlight);
    }

    /**
     * For keys of which the user knows what follows, such as the neighbours of a tile.
     *
     * @param <K> the type of keys
     * @param cache has the values
     * @param loader as of {@link OffHeapCache#getOrLoad}
     * @param pattern the keys that are probably read after a key, the most probable first; none of them null. One
     *     thread at a time calls it. If it throws, so does the read
     * @param executor loads ahead. It runs each task that it accepts
     * @param mostInFlight loads ahead at the same time, 1 or more
     */
    public static <K> Prefetcher<K> byPattern(
            OffHeapCache<K> cache,
            Function<? super K, ? extends @Nullable MemorySegment> loader,
            Function<? super K, ? extends Collection<? extends K>> pattern,
            Executor executor,
            int mostInFlight) {
        return new Prefetcher<>(cache, loader, Objects.requireNonNull(pattern, "pattern"), executor, mostInFlight);
    }

    /**
     * Reads a value as {@link OffHeapCache#getOrLoad}, and loads ahead.
     *
     * @param <R> the type of the result
     * @param key the key
     * @param reader reads the value
     * @return what the reader returned, or null if the loader returned null
     */
    public <R> @Nullable R get(K key, Function<? super MemorySegment, ? extends R> reader) {
        if (lock.tryLock()) {
            Deque<Ahead<K>> chosen;
            try {
                noteRead(key);
                chosen = choose(key);
            } finally {
                lock.unlock();
            }
            try {
                while (!chosen.isEmpty()) {
                    start(chosen.remove());
                }
            } finally {
                chosen.forEach(ahead -> end(ahead, -1)); // an error left them
            }
        }
        return cache.getOrLoad(key, loader, reader);
    }

    private void noteRead(K key) {
        Ahead<K> ahead = unused.remove(key);
        if (ahead != null) {
            unusedBytes -= Math.max(0, ahead.bytes);
            used++;
            noteOutcome(true);
        }
    }

    private void noteOutcome(boolean isUsed) {
        usedOutcomes += isUsed ? 1 : 0;
        outcomes++;
        if (outcomes == OUTCOMES) {
            if (usedOutcomes < OUTCOMES / 4) {
                depth = Math.max(1, depth / 2);
            } else if (usedOutcomes > OUTCOMES / 2) {
                depth = Math.min(mostDepth, 2 * depth);
            }
            outcomes = 0;
            usedOutcomes = 0;
        }
    }

    /** What to load ahead now, counted as under way. What may throw, such as the pattern, comes before that. */
    private Deque<Ahead<K>> choose(K key) {
        List<K> missing = new ArrayList<>();
        next.apply(key).stream()
                .limit(depth)
                .distinct()
                .filter(each -> !unused.containsKey(each) && !cache.contains(each))
                .forEach(missing::add);
        Deque<Ahead<K>> chosen = new ArrayDeque<>();
        for (K each : missing) {
            if (inFlight == mostInFlight || !hasRoom()) {
                skipped++;
                continue;
            }
            Ahead<K> ahead = new Ahead<>(each);
            unused.put(each, ahead);
            inFlight++;
            started++;
            chosen.add(ahead);
        }
        return chosen;
    }

    /** Whether one more value would stay until it is read. Forgets those that did not. */
    private boolean hasRoom() {
        int loaded = unused.size() - inFlight;
        long mean = loaded <= 0 ? 0 : unusedBytes / loaded;
        if (isBelowShare(mean)) {
            return true;
        }
        unused.values().removeIf(each -> {
            boolean isWasted = each.bytes >= 0 && !cache.contains(each.key);
            if (isWasted) {
                unusedBytes -= each.bytes;
                wasted++;
                noteOutcome(false);
            }
            return isWasted;
        });
        return isBelowShare(mean);
    }

    private boolean isBelowShare(long meanBytes) {
        return unusedBytes + (inFlight + 1L) * meanBytes <= cache.maximumBytes() / UNUSED_SHARE;
    }

    private void start(Ahead<K> ahead) {
        boolean isAccepted = false;
        try {
            executor.execute(() -> load(ahead));
            isAccepted = true;
        } catch (RuntimeException e) {
            // It is counted, as every load ahead that fails.
        } finally {
            if (!isAccepted) {
                end(ahead, -1);
            }
        }
    }

    private void load(Ahead<K> ahead) {
        long bytes = -1;
        try {
            bytes = cache.loadAhead(ahead.key, loader);
        } catch (RuntimeException e) {
            // It is counted. This may be the thread of another key's reader.
        } finally {
            end(ahead, bytes);
        }
    }

    /**
     * A load ahead ended. A negative size says that it failed. A second end does nothing, because an executor may run a
     * task and throw.
     */
    private void end(Ahead<K> ahead, long bytes) {
        lock.lock();
        try {
            if (!ahead.isUnderWay) {
                return;
            }
            ahead.isUnderWay = false;
            inFlight--;
            if (bytes < 0) {
                failed++;
                unused.remove(ahead.key, ahead);
            } else if (unused.get(ahead.key) == ahead) { // unless it was read meanwhile
                ahead.bytes = bytes;
                unusedBytes += bytes;
            }
        } finally {
            lock.unlock();
        }
    }

    /** The figures of this moment. */
    public Stats stats() {
        lock.lock();
        try {
            return new Stats(started, used, wasted, skipped, failed);
        } finally {
            lock.unlock();
        }
    }
}
