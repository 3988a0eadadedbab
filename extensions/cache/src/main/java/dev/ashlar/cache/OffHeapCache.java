package dev.ashlar.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Policy;
import com.github.benmanes.caffeine.cache.RemovalCause;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Registration;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A cache whose keys are on the heap and whose values are in blocks of an {@link Allocator}. A value is read in place:
 * it is not copied to the heap, and its block is not freed or moved while a reader has it.
 *
 * {@snippet class="dev.ashlar.verification.shown.CacheCodeTest" region="cache"}
 *
 * <h2>Room</h2>
 *
 * <p>{@code maximumBytes} bounds the blocks of the values in memory, each with the bytes that it takes after rounding.
 * A put that exceeds it evicts before it returns. Beyond it are the values of puts that are under way, values that were
 * evicted or replaced while a reader has them, and at most an eighth more for values that wait to be written to disk.
 * For a bound without exceptions, pass an allocator with a {@link Limit}: if it refuses a block, the cache evicts and
 * tries again, and if that does not help, the value is not stored.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Safe for use by many threads, and so must the allocator be. Reads, puts and removals of one key are linearizable,
 * but a value may vanish at any time. A read waits for no other thread, except one that brings the same value from
 * disk. Of threads that load one key, one calls the loader and the others wait. A put, a removal or a clear during a
 * load wins: what is loaded is returned to the threads that load, and not stored.
 *
 * <p>How it works: Caffeine's map has the entries, and changes a key atomically. In that change the disk level is told,
 * loads are cancelled, and the order of eviction is told, so these agree. Nothing is allocated, read or written in it,
 * because an allocation may call a listener that evicts from another cache. {@code Entry} has the protocol of readers.
 *
 * <p>A value on its way from disk to memory is in neither, but its load is known, and it arrives only in the atomic
 * change of its key. There a miss is decided, and there a clear waits for loads that already store.
 *
 * @param <K> the type of keys, with {@code equals} and {@code hashCode} that do not change
 */
public final class OffHeapCache<K> implements AutoCloseable {

    /** The largest value that any cache stores: weights are of type {@code int}. */
    public static final long LARGEST_VALUE = 1 << 30;

    /** Some of the keys of a round may have no value any more, because of other threads or of their age. */
    private static final int EVICTION_ROUNDS = 4;

    private final ValueBlocks blocks;
    private final Cache<K, Entry> cache;
    private final ConcurrentMap<K, Entry> map;
    private final EvictionOrder<K> order;
    private final @Nullable DiskLevel<K> disk;
    private final @Nullable ReadSample sample;
    private final Eviction eviction;
    private final long builtNanos = System.nanoTime();
    private final List<Registration> registrations = new ArrayList<>();
    private final long maximumBytes;
    private final long largestValue;
    private final long lifetime;
    private final boolean hasExpiration;
    private final boolean isByAccess;
    private final LongSupplier nanoTime;

    /** The loads that are under way. One that a put or a removal cancelled is not here any more. */
    private final ConcurrentMap<K, Load> loads = new ConcurrentHashMap<>();

    /** The clears that are under way. Meanwhile no load stores. */
    private final AtomicInteger clears = new AtomicInteger();

    /** Bytes of the blocks of the entries in the map. */
    private final AtomicLong storedBytes = new AtomicLong();

    private final LongAdder entries = new LongAdder();
    private final LongAdder valueBytes = new LongAdder();
    private final LongAdder compressedBytes = new LongAdder();
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder puts = new LongAdder();
    private final LongAdder loaded = new LongAdder();
    private final LongAdder loadFailures = new LongAdder();
    private final LongAdder loadNanos = new LongAdder();
    private final LongAdder tooLarge = new LongAdder();
    private final LongAdder notStored = new LongAdder();
    private final LongAdder evictions = new LongAdder();
    private final LongAdder evictedBytes = new LongAdder();
    private final LongAdder expired = new LongAdder();

    private volatile boolean isClosed;

    private OffHeapCache(Builder<K> settings) {
        maximumBytes = settings.maximumBytes;
        largestValue = settings.largestValue;
        lifetime = settings.lifetime;
        hasExpiration = settings.expiration != null;
        isByAccess = settings.expiration != null && settings.expiration.isByAccess();
        nanoTime = settings.nanoTime;
        blocks = new ValueBlocks(settings, this::evict);
        Caffeine<K, Entry> caffeine =
                settings.caffeine().removalListener(this::removed).evictionListener(this::expired);
        eviction = settings.eviction;
        sample = settings.oneIn == 0 ? null : new ReadSample(eviction, maximumBytes, settings.oneIn, nanoTime);
        if (eviction == Eviction.ADAPTIVE) {
            cache = caffeine.maximumWeight(maximumBytes)
                    .weigher((K key, Entry entry) -> entry.weight)
                    .build();
            order = new CaffeineOrder<>(cache.policy().eviction().orElseThrow());
        } else {
            cache = caffeine.build();
            order = eviction.order();
        }
        map = cache.asMap();
        disk = settings.folder == null
                ? null
                : new DiskLevel<>(blocks, settings.folder, settings.diskBytes, maximumBytes, settings.diskExecutor);
        settings.limits.forEach(limit -> registrations.add(limit.onRefusal(this::evictUnderPressure)));
    }

    /**
     * A builder of a cache.
     *
     * @param <K> the type of keys
     * @param allocator has the values. Any thread may use it. It stays open as long as the cache and its readers
     * @param maximumBytes bytes that blocks of values in memory may take, 1 or more
     * @throws IllegalArgumentException if {@code maximumBytes} is not positive
     */
    public static <K> Builder<K> builder(Allocator allocator, long maximumBytes) {
        return new Builder<>(allocator, maximumBytes);
    }

    // ---- storing ----

    /**
     * Stores a copy of bytes, as {@link #put(Object, long, Consumer)}.
     *
     * @param key the key
     * @param value the bytes
     */
    public boolean put(K key, byte[] value) {
        return put(key, MemorySegment.ofArray(value));
    }

    /**
     * Stores a copy of a segment, as {@link #put(Object, long, Consumer)}.
     *
     * @param key the key
     * @param value the bytes, on the heap or off it
     */
    public boolean put(K key, MemorySegment value) {
        return put(key, value.byteSize(), block -> block.copyFrom(value));
    }

    /**
     * Stores a copy of a segment with a time to live of its own.
     *
     * @param key the key
     * @param value the bytes, on the heap or off it
     * @param timeToLive from the write or from the last access, as the cache was built
     * @return whether it is stored
     * @throws IllegalStateException if the cache was built without expiry, or is closed
     */
    public boolean put(K key, MemorySegment value, Duration timeToLive) {
        if (!hasExpiration) {
            throw new IllegalStateException("A time to live of " + timeToLive
                    + " was passed to a cache without expiry. Build it with expireAfterWrite or expireAfterAccess.");
        }
        return put(key, value.byteSize(), block -> block.copyFrom(value), Expiration.nanos(timeToLive));
    }

    /**
     * Stores a value that the caller writes into its block.
     *
     * <p>If the value is not stored, the key has no value afterwards: a cache does not answer with an older value than
     * the last one. A value is not stored if it is larger than the bound of one value ({@link CacheStats#tooLarge}), or
     * if there is no memory for it even after evictions ({@link CacheStats#notStored}).
     *
     * @param key the key
     * @param byteSize the size of the value, 0 or more
     * @param writer writes the value into a block of exactly that size, which is not zeroed. It must not use the block
     *     after the call. If it throws, nothing changes
     * @return whether it is stored
     * @throws IllegalArgumentException if the size is negative
     * @throws IllegalStateException if the cache is closed
     */
    public boolean put(K key, long byteSize, Consumer<? super MemorySegment> writer) {
        return put(key, byteSize, writer, lifetime);
    }

    private boolean put(K key, long byteSize, Consumer<? super MemorySegment> writer, long nanos) {
        Objects.requireNonNull(key, "key");
        requireOpen();
        if (byteSize < 0) {
            throw new IllegalArgumentException("byteSize is " + byteSize + ", must be 0 or more");
        }
        Entry entry = store(byteSize, writer, nanos);
        if (entry == null) {
            remove(key);
            return false;
        }
        map.compute(key, (same, old) -> {
            forgetOthers(same);
            added(same, entry);
            return entry;
        });
        puts.increment();
        afterStore(key, entry);
        requireOpen();
        return true;
    }

    /** An entry with one reference, or null if the value is too large or there is no memory. */
    private @Nullable Entry store(long byteSize, Consumer<? super MemorySegment> writer, long nanos) {
        if (byteSize > largestValue || blocks.weightOf(byteSize) > maximumBytes) {
            tooLarge.increment();
            return null;
        }
        Entry entry = blocks.store((int) byteSize, nanos, writer);
        if (entry == null) {
            notStored.increment();
            return null;
        }
        if (nanos != Entry.FOREVER) {
            entry.renew(nanoTime.getAsLong());
        }
        return entry;
    }

    /** Called in the atomic change of a key: removes it from everything but the map. */
    private void forgetOthers(K key) {
        loads.remove(key);
        if (disk != null) {
            disk.remove(key);
        }
    }

    /** Called in the atomic change of a key. */
    private void added(K key, Entry entry) {
        order.added(key, entry.weight);
        if (sample != null) {
            sample.stored(key, entry.weight);
        }
        storedBytes.addAndGet(entry.weight);
        entries.increment();
        valueBytes.add(entry.valueBytes);
        compressedBytes.add(entry.block.byteSize());
    }

    /** Called by Caffeine once for each entry that left the map. The map's reference ends. */
    private void removed(@Nullable K key, @Nullable Entry entry, RemovalCause cause) {
        if (entry != null) {
            storedBytes.addAndGet(-entry.weight);
            entries.decrement();
            valueBytes.add(-entry.valueBytes);
            compressedBytes.add(-entry.block.byteSize());
            blocks.release(entry);
        }
    }

    /** Called by Caffeine in the atomic change of a key that it evicts for lack of room or because of its age. */
    private void expired(@Nullable K key, @Nullable Entry entry, RemovalCause cause) {
        if (key == null || entry == null) {
            return;
        }
        if (cause == RemovalCause.EXPIRED) {
            order.removed(key);
            expired.increment();
        } else {
            evicted(key, entry);
        }
    }

    /** Called in the atomic change of a key that is evicted. */
    private void evicted(K key, Entry entry) {
        order.removed(key);
        evictions.increment();
        evictedBytes.add(entry.weight);
        if (disk != null) {
            disk.demote(key, entry);
        }
    }

    /** Called after a value was stored, without locks: makes room and writes to disk. */
    private void afterStore(K key, Entry entry) {
        if (storedBytes.get() > maximumBytes) {
            cache.cleanUp();
            long excess = storedBytes.get() - maximumBytes;
            if (excess > 0) {
                evict(excess);
            }
        }
        if (disk != null) {
            disk.writePending();
        }
        // Either the thread that closes finds the entry, or this one finds that it is closed.
        if (isClosed) {
            map.remove(key, entry);
        }
    }

    // ---- reading ----

    /**
     * Lets a reader read a value in place. A value on disk comes to memory first.
     *
     * @param <R> the type of the result
     * @param key the key
     * @param reader reads the value, which is read-only. It must not use it after the call, because its block may be
     *     freed then. It may use the cache
     * @return what the reader returned, or null if there is no value
     * @throws IllegalStateException if the cache is closed
     */
    public <R> @Nullable R get(K key, Function<? super MemorySegment, ? extends R> reader) {
        requireOpen();
        Entry entry = retained(key);
        if (entry != null) {
            return hit(key, entry, reader);
        }
        if (!isAnywhere(key)) {
            missed(key);
            return null;
        }
        return load(key, null, reader);
    }

    /**
     * A copy of a value, as {@link #get(Object, Function)}.
     *
     * @param key the key
     * @return its bytes, or null if there is no value
     */
    public byte @Nullable [] get(K key) {
        return get(key, value -> value.toArray(ValueLayout.JAVA_BYTE));
    }

    /**
     * Lets a reader read a value in place, and loads and stores it first if there is none. Of threads that need one
     * key, one calls the loader and the others wait. If it throws, or the value cannot be stored, the next one calls
     * its own.
     *
     * @param <R> the type of the result
     * @param key the key
     * @param loader makes the value, on the heap or off it; may return null if there is none. It must not load the same
     *     key, nor wait for a thread that does
     * @param reader as for {@link #get(Object, Function)}. If the value cannot be stored, it gets the loader's
     * @return what the reader returned, or null if the loader returned null
     * @throws IllegalStateException if the cache is closed, or the loader loads its own key
     */
    public <R> @Nullable R getOrLoad(
            K key,
            Function<? super K, ? extends @Nullable MemorySegment> loader,
            Function<? super MemorySegment, ? extends R> reader) {
        Objects.requireNonNull(loader, "loader");
        requireOpen();
        Entry entry = retained(key);
        return entry != null ? hit(key, entry, reader) : load(key, loader, reader);
    }

    /** The entry of a key, with a reference for the caller. */
    private @Nullable Entry retained(K key) {
        while (true) {
            Entry entry = cache.getIfPresent(key);
            if (entry == null || entry.tryRetain()) {
                return entry;
            }
            // It left the map since.
        }
    }

    private <R> R hit(K key, Entry entry, Function<? super MemorySegment, ? extends R> reader) {
        hits.increment();
        order.hit(key);
        if (sample != null) {
            sample.read(key, entry.weight);
        }
        return readAndRelease(entry, reader);
    }

    private <R> R readAndRelease(Entry entry, Function<? super MemorySegment, ? extends R> reader) {
        try {
            return blocks.read(entry, reader);
        } finally {
            blocks.release(entry);
        }
    }

    /** A load of a key, from disk or by a loader. */
    private static final class Load {
        private final Thread thread = Thread.currentThread();
        private final CompletableFuture<@Nullable Void> end = new CompletableFuture<>();

        /** Whether its value leaves the disk, or has left it. Set before that. */
        volatile boolean isPromoting;

        void await(Object key) {
            if (thread == Thread.currentThread()) {
                throw new IllegalStateException(
                        "The loader of " + key + " loads the same key. Load it without the cache.");
            }
            end.join();
        }
    }

    /** What a load found: an entry with a reference for the caller, or a value that was not stored, or nothing. */
    private record Found(
            @Nullable Entry entry, boolean isHit, @Nullable MemorySegment value) {
        static final Found NOTHING = new Found(null, false, null);
    }

    private <R> @Nullable R load(
            K key,
            @Nullable Function<? super K, ? extends @Nullable MemorySegment> loader,
            Function<? super MemorySegment, ? extends R> reader) {
        Found found = find(key, loader, true);
        if (found.entry != null) {
            return found.isHit ? hit(key, found.entry, reader) : readAndRelease(found.entry, reader);
        }
        return found.value == null ? null : reader.apply(found.value.asReadOnly());
    }

    private void missed(K key) {
        misses.increment();
        if (sample != null) {
            sample.read(key, 0);
        }
    }

    /**
     * Loads a value that nobody reads yet, which is neither a hit nor a miss.
     *
     * @return the size of the value, or -1 if there is none in memory now
     */
    long loadAhead(K key, Function<? super K, ? extends @Nullable MemorySegment> loader) {
        requireOpen();
        Entry entry = find(key, loader, false).entry;
        if (entry == null) {
            return -1;
        }
        blocks.release(entry);
        return entry.weight;
    }

    private Found find(K key, @Nullable Function<? super K, ? extends @Nullable MemorySegment> loader, boolean isRead) {
        while (true) {
            Load mine = new Load();
            Load other = loads.putIfAbsent(key, mine);
            if (other == null) {
                try {
                    return find(key, loader, isRead, mine);
                } finally {
                    loads.remove(key, mine);
                    mine.end.complete(null);
                }
            }
            other.await(key);
            Entry entry = retained(key);
            if (entry != null) {
                return new Found(entry, true, null);
            }
            if (loader == null && !isAnywhere(key)) {
                missed(key);
                return Found.NOTHING;
            }
        }
    }

    private boolean isOnDisk(K key) {
        return disk != null && disk.contains(key, nanoTime.getAsLong());
    }

    /**
     * Whether a key has a value that is not in memory. Called in the atomic change of the key. No value comes to memory
     * or leaves it meanwhile, so one that was not found on disk because it was taken has its load still.
     */
    private boolean isElsewhere(K key) {
        if (isOnDisk(key)) {
            return true;
        }
        Load load = loads.get(key);
        return load != null && load.isPromoting;
    }

    /** Whether a key, which was not found in memory, has a value. */
    private boolean isAnywhere(K key) {
        if (disk == null) {
            return false;
        }
        boolean[] isFound = {false};
        map.compute(key, (same, entry) -> {
            isFound[0] = entry != null || isElsewhere(same);
            return entry;
        });
        return isFound[0];
    }

    /** The load of the thread that has it. */
    private Found find(
            K key, @Nullable Function<? super K, ? extends @Nullable MemorySegment> loader, boolean isRead, Load mine) {
        Entry present = retained(key); // another load may have ended since the caller looked
        if (present != null) {
            return new Found(present, true, null);
        }
        if (disk != null && isOnDisk(key)) {
            mine.isPromoting = true;
            Entry promoted = disk.take(key);
            mine.isPromoting = promoted != null;
            if (promoted != null) {
                if (isByAccess && promoted.lifetime != Entry.FOREVER) {
                    promoted.renew(nanoTime.getAsLong());
                }
                install(key, promoted, mine);
                return new Found(promoted, true, null);
            }
        }
        if (isRead) {
            missed(key); // before it is stored, so that the simulations see both in this order
        }
        MemorySegment value = loader == null ? null : loaded(key, loader);
        if (value == null) {
            return Found.NOTHING;
        }
        Entry entry = store(value.byteSize(), block -> block.copyFrom(value), lifetime);
        if (entry == null) {
            return new Found(null, false, value);
        }
        install(key, entry, mine);
        return new Found(entry, false, null);
    }

    private @Nullable MemorySegment loaded(K key, Function<? super K, ? extends @Nullable MemorySegment> loader) {
        long start = System.nanoTime();
        boolean isLoaded = false;
        try {
            MemorySegment value = loader.apply(key);
            isLoaded = true;
            return value;
        } finally {
            loadNanos.add(System.nanoTime() - start);
            (isLoaded ? loaded : loadFailures).increment();
        }
    }

    /** Puts an entry into the map, unless its load was cancelled. The caller keeps a reference of its own. */
    private void install(K key, Entry entry, Load mine) {
        if (!entry.tryRetain()) {
            throw new IllegalStateException("an entry that was just made has no reference");
        }
        Entry now = map.computeIfAbsent(key, same -> {
            if (clears.get() > 0 || loads.get(same) != mine) {
                return null;
            }
            added(same, entry);
            return entry;
        });
        if (now == entry) {
            afterStore(key, entry);
        } else {
            blocks.release(entry);
        }
    }

    // ---- removing ----

    /**
     * Removes a value from memory and disk.
     *
     * @param key the key
     * @return whether there was one
     * @throws IllegalStateException if the cache is closed
     */
    public boolean remove(K key) {
        requireOpen();
        return removeOne(key);
    }

    private boolean removeOne(K key) {
        boolean[] isRemoved = {false};
        map.compute(key, (same, old) -> {
            isRemoved[0] = old != null || isElsewhere(same);
            forgetOthers(same);
            order.removed(same);
            return null;
        });
        return isRemoved[0];
    }

    /**
     * Removes all values from memory and disk. A value that is put at the same time may stay.
     *
     * @throws IllegalStateException if the cache is closed
     */
    public void clear() {
        requireOpen();
        removeAll();
    }

    /**
     * Values may go from memory to disk meanwhile, so the disk is cleared last. None comes back: a load that decided to
     * store before this is still listed, and the change of its key waits for it. A load that decides meanwhile does not
     * store. A load that took a value from disk, and decides after this, is cancelled at the end.
     */
    private void removeAll() {
        clears.incrementAndGet();
        try {
            loads.keySet().forEach(this::removeOne);
            map.keySet().forEach(this::removeOne);
            cache.invalidateAll(); // also those that have expired, which are not among the keys
            if (disk != null) {
                disk.clear();
            }
            loads.clear();
        } finally {
            clears.decrementAndGet();
        }
    }

    /**
     * Evicts values from memory, the least useful first. With a disk level they go there.
     *
     * @param bytes how many bytes of blocks to evict at least, if there are so many
     * @return how many were evicted. A block that a reader has is freed when the reader ends
     */
    public long evict(long bytes) {
        long done = 0;
        for (int round = 0; round < EVICTION_ROUNDS && done < bytes; round++) {
            for (K key : order.coldest(bytes - done)) {
                done += evictOne(key);
            }
        }
        if (disk != null) {
            disk.writePending();
        }
        return done;
    }

    private long evictOne(K key) {
        long[] weight = {0};
        map.compute(key, (same, entry) -> {
            if (entry == null) {
                order.removed(same); // it expired, or a clear removed it
            } else {
                weight[0] = entry.weight;
                evicted(same, entry);
            }
            return null;
        });
        return weight[0];
    }

    /**
     * Makes room in a limit that refuses a request. Evicts at least 1/16 of the cache: a limit may count chunks, of
     * which a few small blocks free none.
     */
    private boolean evictUnderPressure(Limit limit, long missingBytes) {
        long evicted = evict(Math.max(missingBytes, storedBytes.get() / 16));
        blocks.trim();
        return evicted > 0;
    }

    // ---- looking ----

    /**
     * The keys that have a value in memory or on disk. Keys that are put or removed meanwhile may be among them or not;
     * all others are, once.
     */
    public Stream<K> keys() {
        requireOpen();
        if (disk == null) {
            return map.keySet().stream();
        }
        return disk.keys(nanoTime.getAsLong(), this::addKeysOutsideDisk).stream();
    }

    /** Those on their way to memory first: they have arrived before memory is looked through, or are found as loads. */
    private void addKeysOutsideDisk(Set<K> keys) {
        loads.forEach((key, load) -> {
            if (load.isPromoting) {
                keys.add(key);
            }
        });
        keys.addAll(map.keySet());
    }

    /**
     * Whether a key has a value in memory or on disk. This is no read: the value does not become more useful.
     *
     * @param key the key
     */
    public boolean contains(K key) {
        requireOpen();
        return map.containsKey(key) || isAnywhere(key);
    }

    /** The figures of this moment. A closed cache answers too. */
    public CacheStats stats() {
        return new CacheStats(
                hits.sum(),
                misses.sum(),
                puts.sum(),
                loaded.sum(),
                loadFailures.sum(),
                loadNanos.sum(),
                tooLarge.sum(),
                notStored.sum(),
                evictions.sum(),
                evictedBytes.sum(),
                expired.sum(),
                entries.sum(),
                storedBytes.get(),
                blocks.heldBytes(),
                valueBytes.sum(),
                compressedBytes.sum(),
                entries.sum() * eviction.metadataBytes,
                disk == null ? CacheStats.Disk.NONE : disk.stats());
    }

    /**
     * What the cache did so far, what other settings would have reached, and what to change.
     *
     * @throws IllegalStateException if the cache was built without {@link Builder#sampled}
     */
    public CacheAnalysis analyze() {
        if (sample == null) {
            throw new IllegalStateException("The cache samples nothing. Build it with sampled(64).");
        }
        return new CacheAnalysis(
                eviction, maximumBytes, Duration.ofNanos(System.nanoTime() - builtNanos), stats(), sample.sample());
    }

    /** Bytes that blocks of values in memory may take. */
    public long maximumBytes() {
        return maximumBytes;
    }

    /** Whether it was closed. */
    public boolean isClosed() {
        return isClosed;
    }

    private void requireOpen() {
        if (isClosed) {
            throw new IllegalStateException("The cache is closed.");
        }
    }

    /** For tests, when no thread uses the cache. */
    void checkInvariants() {
        cache.cleanUp();
        long weights = map.values().stream().mapToLong(entry -> entry.weight).sum();
        if (weights != storedBytes.get()) {
            throw new IllegalStateException(weights + " bytes are stored, and " + storedBytes + " are counted");
        }
        if (weights > maximumBytes) {
            throw new IllegalStateException(weights + " bytes are stored, more than " + maximumBytes);
        }
        if (!loads.isEmpty()) {
            throw new IllegalStateException("loads are left: " + loads.keySet());
        }
        if (order.coldest(Long.MAX_VALUE).size() != map.size()) {
            throw new IllegalStateException(
                    "the order has " + order.coldest(Long.MAX_VALUE).size() + " keys, and the map " + map.size());
        }
        if (disk != null) {
            disk.checkInvariants();
        }
    }

    /**
     * Frees all values, and deletes the file of the disk level. A value that a reader has is freed when the reader
     * ends, so close the allocator after that. Closing again does nothing.
     */
    @Override
    public void close() {
        isClosed = true;
        registrations.forEach(Registration::close);
        removeAll();
        if (disk != null) {
            disk.close();
        }
    }

    /** Caffeine's own order. It is told of changes and hits by its map. */
    private record CaffeineOrder<K>(Policy.Eviction<K, Entry> policy) implements EvictionOrder<K> {

        @Override
        public void added(K key, int weight) {}

        @Override
        public void removed(K key) {}

        @Override
        public void hit(K key) {}

        @Override
        public List<K> coldest(long bytes) {
            return policy.coldest(coldest -> {
                List<K> keys = new ArrayList<>();
                long[] found = {0};
                coldest.takeWhile(next -> found[0] < bytes).forEach(next -> {
                    keys.add(next.getKey());
                    found[0] += next.weight();
                });
                return keys;
            });
        }
    }

    /**
     * Builds caches. A value is checked when it is set. Not safe for use by many threads.
     *
     * @param <K> the type of keys
     */
    public static final class Builder<K> {

        final Allocator allocator;
        final long maximumBytes;
        private Eviction eviction = Eviction.ADAPTIVE;
        private long largestValue;
        private @Nullable Expiration<K> expiration;
        private long lifetime = Entry.FOREVER;
        private LongSupplier nanoTime = System::nanoTime;

        @Nullable Compression compression;

        double leastSaving = 0.2;
        private @Nullable Path folder;
        private long diskBytes;
        private Executor diskExecutor = Runnable::run;
        private final List<Limit> limits = new ArrayList<>();

        /** 0 if nothing is sampled. */
        private int oneIn;

        private Builder(Allocator allocator, long maximumBytes) {
            this.allocator = Objects.requireNonNull(allocator, "allocator");
            this.maximumBytes = requirePositive("maximumBytes", maximumBytes, Long.MAX_VALUE);
            largestValue = Math.clamp(maximumBytes / 8, 1, LARGEST_VALUE);
        }

        private static long requirePositive(String what, long value, long most) {
            if (value < 1 || value > most) {
                throw new IllegalArgumentException(what + " is " + value + ", must be 1 to " + most);
            }
            return value;
        }

        /**
         * Sets which entry a full cache evicts. By default {@link Eviction#ADAPTIVE}.
         *
         * @param eviction the policy
         */
        public Builder<K> eviction(Eviction eviction) {
            this.eviction = Objects.requireNonNull(eviction, "eviction");
            return this;
        }

        /**
         * Sets the size of the largest value that is stored. By default an eighth of {@code maximumBytes}, so that one
         * value never evicts most others.
         *
         * @param byteSize 1 to {@code maximumBytes} and to {@link #LARGEST_VALUE}
         * @throws IllegalArgumentException if it is not
         */
        public Builder<K> largestValue(long byteSize) {
            largestValue = requirePositive("largestValue", byteSize, Math.min(maximumBytes, LARGEST_VALUE));
            return this;
        }

        /**
         * Lets values expire some time after they were put. Values that were put with a time of their own use that. A
         * value is not found from that moment on. Later operations free its block.
         *
         * @param timeToLive positive; {@link java.time.temporal.ChronoUnit#FOREVER} for those without one of their own
         * @throws IllegalArgumentException if it is not positive
         * @throws IllegalStateException if {@link #expireAfterAccess} is set
         */
        public Builder<K> expireAfterWrite(Duration timeToLive) {
            return expire(timeToLive, false);
        }

        /**
         * Lets values expire some time after they were put or read. Values that were put with a time of their own use
         * that. A value is not found from that moment on. Later operations free its block.
         *
         * @param timeToLive positive; {@link java.time.temporal.ChronoUnit#FOREVER} for those without one of their own
         * @throws IllegalArgumentException if it is not positive
         * @throws IllegalStateException if {@link #expireAfterWrite} is set
         */
        public Builder<K> expireAfterAccess(Duration timeToLive) {
            return expire(timeToLive, true);
        }

        private Builder<K> expire(Duration timeToLive, boolean isByAccess) {
            long nanos = Expiration.nanos(timeToLive);
            if (expiration != null && expiration.isByAccess() != isByAccess) {
                throw new IllegalStateException(
                        "expireAfterWrite and expireAfterAccess are both set. Set one; a value can have a time of its own.");
            }
            expiration = new Expiration<>(isByAccess);
            lifetime = nanos;
            return this;
        }

        /**
         * Sets the clock of expiry and of ages. By default {@link System#nanoTime}.
         *
         * @param nanoTime a clock that never goes back, for tests
         */
        public Builder<K> nanoTime(LongSupplier nanoTime) {
            this.nanoTime = Objects.requireNonNull(nanoTime, "nanoTime");
            return this;
        }

        /**
         * Compresses values. Each read of a compressed value decompresses it into a block of its own. By default values
         * are not compressed.
         *
         * @param compression the codec
         * @param leastSaving the share of a block that must be saved, above 0 and below 1. A value that saves less is
         *     stored as it is
         * @throws IllegalArgumentException if the share is not above 0 and below 1
         */
        public Builder<K> compression(Compression compression, double leastSaving) {
            if (!(leastSaving > 0 && leastSaving < 1)) {
                throw new IllegalArgumentException("leastSaving is " + leastSaving + ", must be above 0 and below 1");
            }
            this.compression = Objects.requireNonNull(compression, "compression");
            this.leastSaving = leastSaving;
            return this;
        }

        /**
         * Adds a level on disk for values that are evicted from memory. It begins empty, also after a crash. The thread
         * that evicts a value writes it.
         *
         * @param folder of this cache alone. It is made if it does not exist
         * @param maximumBytes of the file, 1 or more
         * @throws IllegalArgumentException if {@code maximumBytes} is not positive
         */
        public Builder<K> disk(Path folder, long maximumBytes) {
            return disk(folder, maximumBytes, Runnable::run);
        }

        /**
         * Adds a level on disk as {@link #disk(Path, long)}, to which an executor writes.
         *
         * @param folder of this cache alone. It is made if it does not exist
         * @param maximumBytes of the file, 1 or more
         * @param executor writes values, with one task at a time. It runs each task that it accepts. If values wait
         *     behind more than an eighth of the memory, they are dropped
         * @throws IllegalArgumentException if {@code maximumBytes} is not positive
         */
        public Builder<K> disk(Path folder, long maximumBytes, Executor executor) {
            diskBytes = requirePositive("maximumBytes of the disk", maximumBytes, Long.MAX_VALUE);
            this.folder = Objects.requireNonNull(folder, "folder");
            diskExecutor = Objects.requireNonNull(executor, "executor");
            return this;
        }

        /**
         * Lets the cache evict before a limit refuses a request, also one of others. It evicts what the request lacks,
         * and at least 1/16 of its values.
         *
         * @param limit any limit that the allocator of the cache counts against. May be called for several
         */
        public Builder<K> evictBeforeRefusalOf(Limit limit) {
            limits.add(Objects.requireNonNull(limit, "limit"));
            return this;
        }

        /**
         * Simulates other policies and sizes on some of the keys, for {@link OffHeapCache#analyze}. By default off. It
         * costs a hash for each read, and several simulated reads for one of a sampled key.
         *
         * @param oneIn one of so many keys is sampled, a power of two from 1 to 2^20. The sample should have a thousand
         *     keys or more
         * @throws IllegalArgumentException if it is not
         */
        public Builder<K> sampled(int oneIn) {
            if (oneIn < 1 || oneIn > 1 << 20 || Integer.bitCount(oneIn) != 1) {
                throw new IllegalArgumentException("oneIn is " + oneIn + ", must be a power of two from 1 to 2^20");
            }
            this.oneIn = oneIn;
            return this;
        }

        /** Caffeine with what every policy needs. */
        @SuppressWarnings("unchecked") // it has no elements of other types
        private Caffeine<K, Entry> caffeine() {
            // Listeners run on the thread that removes: they do little, and what is evicted is free when put returns.
            Caffeine<K, Entry> caffeine = (Caffeine<K, Entry>) (Caffeine<?, ?>)
                    Caffeine.newBuilder().executor(Runnable::run).ticker(nanoTime::getAsLong);
            return expiration == null ? caffeine : caffeine.expireAfter(expiration);
        }

        /**
         * Builds the cache.
         *
         * @throws java.io.UncheckedIOException if the folder of the disk level cannot be written
         * @throws IllegalStateException if another cache uses that folder
         */
        public OffHeapCache<K> build() {
            return new OffHeapCache<>(this);
        }
    }
}
