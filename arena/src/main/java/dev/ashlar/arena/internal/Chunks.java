package dev.ashlar.arena.internal;

import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Resettable;
import dev.ashlar.spi.StrategySettings;
import dev.ashlar.spi.support.AddressMap;
import dev.ashlar.spi.support.Closing;
import dev.ashlar.spi.support.MeteredSource;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The chunks of an arena: the current chunk of each stripe, the full ones, the idle ones, and the marks.
 *
 * <h2>Design</h2>
 *
 * <p>A chunk is idle, or in use by one stripe. Uses are numbered. A stripe's current chunk serves blocks; the other
 * chunks in use are full, and retired. A mark keeps the number of the last use and, for each stripe, its chunk and the
 * position in it. A rewind frees all chunks with a later use, and rewinds the others.
 *
 * <p>If a block does not fit its stripe's chunk, it starts another one. Of the two chunks the one with more room
 * becomes the current one. So a large block does not waste the rest of a chunk that small ones could use.
 *
 * <p>A new chunk is as large as all others together, from a first size to a largest. So there are few chunks, and at
 * most half of the memory is unused.
 *
 * <h2>Concurrency</h2>
 *
 * <p>The lock is held when a stripe changes its chunk, for steps logarithmic in the number of idle chunks, and in
 * proportion to the chunks for marks, rewinds, resets and walks; never while memory moves to or from the source.
 *
 * <p>Blocks that are allocated while another thread rewinds or resets may or may not be freed by that. The counts are
 * right in both cases. A caller that must know does not do both at once.
 */
final class Chunks {

    private final MeteredSource source;
    private final @Nullable LiveBlocks checks;
    private final Stripe[] stripes;
    private final long firstChunk;
    private final long largestChunk;
    private final ReentrantLock lock = new ReentrantLock();
    private final AddressMap<ArenaChunk> map = new AddressMap<>(ArenaChunk.ALIGNMENT);

    /** Oldest first. Guarded by the lock. */
    private final Set<ArenaChunk> all = new LinkedHashSet<>();

    /** The chunks in no use, by size. Guarded by the lock. */
    private final NavigableSet<ArenaChunk> idle =
            new TreeSet<>(Comparator.comparingLong(ArenaChunk::byteSize).thenComparingLong(ArenaChunk::address));

    /** Blocks handed out from chunks that have gone back. Guarded by the lock. */
    private long ended;

    /**
     * The highest result of {@link #stats}, because a block that is being freed may be missing for a moment. Guarded by
     * the lock.
     */
    private long allocationsTold;

    /** The last result of {@link #stats}. Guarded by the lock. */
    private AllocatorStats last = AllocatorStats.ZERO;

    /** The number of the newest use. Guarded by the lock. */
    private long uses;

    /** The newest mark that is valid. Guarded by the lock. */
    private @Nullable ArenaMark newest;

    private volatile boolean closed;

    /**
     * No chunks yet.
     *
     * @param checks receives the blocks that rewinds, resets and trims end; null if blocks are not recorded
     * @param stripes 1 for an arena of one thread
     */
    Chunks(MeteredSource source, @Nullable LiveBlocks checks, int stripes, StrategySettings settings) {
        this.source = source;
        this.checks = checks;
        this.firstChunk = settings.get(ArenaSettings.FIRST_CHUNK);
        this.largestChunk = settings.get(ArenaSettings.LARGEST_CHUNK);
        this.stripes = new Stripe[stripes];
        for (int i = 0; i < stripes; i++) {
            this.stripes[i] = new Stripe();
        }
    }

    Stripe stripe(int number) {
        return stripes[number];
    }

    boolean isOpen() {
        return !closed;
    }

    /** Throws if the arena is closed. */
    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("The allocator is closed");
        }
    }

    /** The chunk in which an address lies, or null. */
    @Nullable ArenaChunk at(long address) {
        ArenaChunk chunk = map.get(address);
        return chunk != null && chunk.contains(address) ? chunk : null; // the rest of its last page is foreign
    }

    /** The chunks, oldest first. Costs time in proportion to them. */
    List<ArenaChunk> all() {
        lock.lock();
        try {
            return List.copyOf(all);
        } finally {
            lock.unlock();
        }
    }

    /** How many chunks there are. */
    int count() {
        lock.lock();
        try {
            return all.size();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Serves a block from memory that is held.
     *
     * @return its address, or 0 if there is no room in the stripe's chunk or an idle one
     */
    long bump(Stripe stripe, long byteSize, long byteAlignment) {
        if (!lock.tryLock()) {
            long address = bumpAnywhere(byteSize, byteAlignment);
            if (address != 0) {
                return address; // the lock was busy, so this stripe was skipped
            }
            lock.lock();
        }
        try {
            requireOpen();
            long offset = stripe.chunk.bump(byteSize, byteAlignment);
            if (offset >= 0) {
                return stripe.chunk.address() + offset; // another thread of the stripe was faster
            }
            ArenaChunk largest = idle.isEmpty() ? null : idle.last();
            return largest == null || largest.byteSize() < byteSize ? 0 : use(stripe, largest, byteSize, byteAlignment);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Serves a block from the chunk of any stripe.
     *
     * @return its address, or 0 if there is no room
     */
    long bumpAnywhere(long byteSize, long byteAlignment) {
        for (Stripe stripe : stripes) {
            ArenaChunk chunk = stripe.chunk;
            long offset = chunk.bump(byteSize, byteAlignment);
            if (offset >= 0) {
                return chunk.address() + offset;
            }
        }
        return 0;
    }

    /** Takes an idle chunk into use, and a block from it. Under the lock. */
    private long use(Stripe stripe, ArenaChunk chunk, long byteSize, long byteAlignment) {
        idle.remove(chunk);
        chunk.use = ++uses;
        chunk.activate();
        long address = chunk.address() + chunk.bump(byteSize, byteAlignment); // fits: the chunk is new
        ArenaChunk other = stripe.chunk;
        if (chunk.room() >= other.room()) {
            stripe.chunk = chunk;
            if (other != ArenaChunk.NONE) {
                other.retire();
            }
        } else {
            chunk.retire();
        }
        return address;
    }

    /**
     * Takes a chunk for a block from the source, or a smaller one if that is refused, and serves the block from it.
     *
     * @return its address, or 0 if the source has no memory for it
     */
    long grow(Stripe stripe, long byteSize, long byteAlignment) {
        ArenaChunk chunk = take(byteSize, byteSize);
        if (chunk == null) {
            return 0;
        }
        lock.lock();
        try {
            if (isOpen()) {
                add(chunk);
                return use(stripe, chunk, byteSize, byteAlignment);
            }
        } finally {
            lock.unlock();
        }
        chunk.close();
        throw new IllegalStateException("The allocator is closed");
    }

    /**
     * Takes memory in advance.
     *
     * @param bytes how many to commit; a rest that is too small for a chunk is not taken
     * @return whether the source gave all of it
     */
    boolean preallocate(long bytes) {
        while (true) {
            long left = bytes - source.committedBytes();
            long byteSize = left <= 0 ? 0 : source.sizeTaking(left, ArenaChunk.ALIGNMENT) & -BumpCore.GRANULE;
            if (byteSize <= 0) {
                return true;
            }
            ArenaChunk chunk = take(Math.min(largestChunk, byteSize), 0);
            if (chunk == null) {
                return false;
            }
            lock.lock();
            try {
                add(chunk);
            } finally {
                lock.unlock();
            }
        }
    }

    /** The bytes that the smallest chunk with room for a block takes, including padding. */
    long smallestFor(long byteSize) {
        return source.takenBytes(smallestSize(byteSize), ArenaChunk.ALIGNMENT);
    }

    private static long smallestSize(long byteSize) {
        return roundUp(Math.max(1, byteSize), BumpCore.GRANULE);
    }

    private @Nullable ArenaChunk take(long byteSize, long requestedBytes) {
        long least = smallestSize(byteSize);
        long size = Math.max(
                least,
                roundUp(
                        Math.clamp(Long.highestOneBit(source.committedBytes()), firstChunk, largestChunk),
                        BumpCore.GRANULE));
        while (true) {
            var taken = source.take(size, ArenaChunk.ALIGNMENT, requestedBytes);
            if (taken != null) {
                return new ArenaChunk(taken, stripes.length > 1);
            }
            if (size == least) {
                return null;
            }
            size = Math.max(least, roundUp(size / 2, BumpCore.GRANULE));
        }
    }

    private static long roundUp(long value, long unit) {
        return (value + unit - 1) & -unit;
    }

    /** Under the lock. */
    private void add(ArenaChunk chunk) {
        map.cover(chunk.address(), chunk.byteSize());
        map.put(chunk.address(), chunk.byteSize(), chunk);
        all.add(chunk);
        idle.add(chunk);
    }

    /** Under the lock. */
    private void remove(ArenaChunk chunk) {
        ended += chunk.allocations();
        map.remove(chunk.address(), chunk.byteSize());
        map.uncover(chunk.address(), chunk.byteSize());
        all.remove(chunk);
        idle.remove(chunk);
    }

    /**
     * Releases chunks without live blocks. Those that are kept become idle.
     *
     * @param releases whether to release a chunk that takes so many bytes now
     * @throws IllegalStateException if a foreign call uses one of them; it stays idle
     */
    void releaseUnused(LongPredicate releases) {
        for (ArenaChunk chunk = pollUnused(releases); chunk != null; chunk = pollUnused(releases)) {
            try {
                chunk.close();
            } catch (RuntimeException e) {
                putBack(chunk);
                throw e;
            }
        }
    }

    private @Nullable ArenaChunk pollUnused(LongPredicate releases) {
        lock.lock();
        try {
            for (ArenaChunk chunk : all) {
                if (chunk.endIfUnused()) {
                    leave(chunk);
                    if (releases.test(chunk.takenBytes())) {
                        remove(chunk);
                        return chunk;
                    }
                    chunk.clear();
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /** Ends the use of a chunk without live blocks. Under the lock. */
    private void leave(ArenaChunk chunk) {
        chunk.use = 0;
        idle.add(chunk);
        if (checks != null) {
            checks.forget(chunk.address(), chunk.byteSize());
        }
        for (Stripe stripe : stripes) {
            if (stripe.chunk == chunk) {
                stripe.chunk = ArenaChunk.NONE;
            }
        }
    }

    private void putBack(ArenaChunk chunk) {
        lock.lock();
        try {
            chunk.clear();
            ended -= chunk.allocations();
            add(chunk);
        } finally {
            lock.unlock();
        }
    }

    /** Marks the position of every stripe. */
    ArenaMark mark(long newestLarge) {
        lock.lock();
        try {
            requireOpen();
            if (newest != null && newest.isAt(stripes, uses, newestLarge)) {
                return newest;
            }
            newest = new ArenaMark(this, newest, stripes, uses, newestLarge);
            return newest;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Frees every block handed out since a mark.
     *
     * @return the number of the newest large block when the mark was made
     * @throws IllegalArgumentException if the mark is not valid here
     */
    long rewind(Resettable.Mark to) {
        lock.lock();
        try {
            requireOpen();
            if (!(to instanceof ArenaMark mark) || !mark.isOf(this)) {
                throw new IllegalArgumentException("The mark is not of this arena: " + to);
            }
            if (!mark.isValid()) {
                throw new IllegalArgumentException(
                        "The mark is not valid any more: a rewind or reset went behind it. Make a new one.");
            }
            while (newest != null && newest != mark) {
                newest = newest.invalidate();
            }
            clearSince(mark.uses());
            mark.restore(stripes, place -> {
                place.chunk().rewind(place.position());
                if (checks != null) {
                    long offset = Math.min(
                            BumpCore.offsetOf(place.position()), place.chunk().byteSize());
                    checks.forget(
                            place.chunk().address() + offset, place.chunk().byteSize() - offset);
                }
            });
            return mark.newestLarge();
        } finally {
            lock.unlock();
        }
    }

    /** Frees every block. */
    void clear() {
        lock.lock();
        try {
            requireOpen();
            while (newest != null) {
                newest = newest.invalidate();
            }
            clearSince(0);
        } finally {
            lock.unlock();
        }
    }

    private void clearSince(long use) {
        if (use == uses) {
            return; // the usual case in frames
        }
        for (ArenaChunk chunk : all) {
            if (chunk.use > use) {
                chunk.clear();
                leave(chunk);
            }
        }
    }

    /** The figures of blocks in chunks so far; after the close, the last ones. No rewind happens meanwhile. */
    AllocatorStats stats() {
        lock.lock();
        try {
            if (closed) {
                return last;
            }
            long frees = ended;
            for (ArenaChunk chunk : all) { // first, so that each of them is also counted as served
                frees += chunk.frees();
            }
            long allocations = ended;
            long requested = 0;
            long allocated = 0;
            for (ArenaChunk chunk : all) {
                allocations += chunk.allocations();
                requested += chunk.requestedBytes();
                allocated += chunk.allocatedBytes();
            }
            allocationsTold = Math.max(allocationsTold, allocations);
            return AllocatorStats.builder()
                    .requestedBytes(requested)
                    .allocatedBytes(allocated)
                    .liveBlocks(Math.max(0, allocationsTold - frees))
                    .allocations(allocationsTold)
                    .build();
        } finally {
            lock.unlock();
        }
    }

    long metadataBytes() {
        return map.metadataBytes() + (long) count() * ArenaChunk.METADATA_BYTES;
    }

    /**
     * Refuses everything from now on.
     *
     * @return false if that was so before
     */
    boolean shut() {
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            last = stats();
            closed = true;
            for (ArenaChunk chunk : all) {
                chunk.end();
                leave(chunk);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Releases all chunks, used or not. Nothing is taken any more at that time.
     *
     * @throws IllegalStateException if foreign calls use some; these stay for another call
     */
    void close() {
        Closing.each(all(), chunk -> {
            chunk.close();
            lock.lock();
            try {
                if (all.contains(chunk)) { // otherwise another thread did it
                    remove(chunk);
                }
            } finally {
                lock.unlock();
            }
        });
    }
}
