package dev.ashlar.cache;

import dev.ashlar.buddy.core.RegionAlgorithm;
import dev.ashlar.buddy.core.RegionCore;
import dev.ashlar.buddy.core.TlsfAlgorithm;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The values that memory has no room for, as records of one file.
 *
 * <h2>Design</h2>
 *
 * <p>A key is in memory or here, never in both: a value that is evicted from memory comes here, and one that is hit
 * goes back. So the order in which values came is also that of their last use, and the first is evicted first.
 *
 * <p>The core of {@code tlsf} divides the file into granules. It finds room in constant time, joins free neighbours at
 * once, and keeps its bookkeeping on the heap. A log of segments, the usual alternative, would have to copy what is
 * live out of old segments, because values leave in any order when they are hit.
 *
 * <p>The index is on the heap, with the keys and a checksum of each record. Keys are never written, so they can be of
 * any type. <b>After a crash the level begins empty</b>: the file is emptied when it is opened. A record that is
 * damaged, torn, or that the file lost, has another checksum: it is a miss.
 *
 * <h2>Concurrency</h2>
 *
 * <p>One lock guards the index and the core. Nothing is read, written or allocated under it. A value that is evicted
 * waits with its entry until it is written, and is found meanwhile. The caller of {@link #demote}, {@link #remove} and
 * {@link #take} is in the atomic change of that key in memory, or has the only load of it, so those of one key come one
 * after another.
 *
 * <p>A slot that left the index while its record is written or read keeps its granules until that is done.
 *
 * <p>At most one task is with the executor. It ends when nothing waits any more, which it finds under the lock, so the
 * next value that comes starts another one.
 *
 * <p>Invariant: the granules of the core are used by the slots that have a {@code start}.
 */
final class DiskLevel<K> implements AutoCloseable {

    private static final System.Logger LOG = System.getLogger("dev.ashlar.cache");

    /** Small enough for values of 100 bytes, and 32 GiB of file with one region of the core. */
    private static final long LEAST_GRANULE = 128;

    /** Values that wait to be written take at most this share of the memory of the cache, unless there is only one. */
    private static final int PENDING_SHARE = 8;

    private static final int NONE = RegionCore.NONE;

    /** A value. Guarded by the lock, except what is final. */
    private static final class Slot<K> {
        final K key;
        final int storedBytes;
        final int valueBytes;
        final long lifetime;
        final long deadline;

        /** The value until it is written. The slot has a reference to it. */
        @Nullable Entry entry;

        /** Whether its record is being written: then the writer releases the entry. */
        boolean isWriting;

        /** Whether it left the index while it was written. */
        boolean isGone;

        /** Its first granule, or {@link #NONE} if it has no room in the file. */
        int start = NONE;

        int checksum;

        Slot(K key, Entry entry) {
            this.key = key;
            this.entry = entry;
            storedBytes = (int) entry.block.byteSize();
            valueBytes = entry.valueBytes;
            lifetime = entry.lifetime;
            deadline = entry.deadline;
        }
    }

    private final ValueBlocks blocks;
    private final RecordFile file;
    private final Executor executor;
    private final long granule;
    private final long mostPending;

    private final ReentrantLock lock = new ReentrantLock();

    /** Held by the thread that writes, so that a close waits for it. */
    private final ReentrantLock writing = new ReentrantLock();

    private final RegionCore core;

    /** The value that came first is the first. */
    private final LinkedHashMap<K, Slot<K>> index = new LinkedHashMap<>();

    /** Slots of the index that are neither written nor being written, in the order in which they came. */
    private final LinkedHashSet<Slot<K>> pending = new LinkedHashSet<>();

    /** What the callers of {@link #keys} collect. Keys that come from memory are added. */
    private final List<Set<K>> collected = new ArrayList<>();

    private long pendingBytes;

    /** Whether a task that writes is with the executor. */
    private boolean isScheduled;

    private boolean isClosed;
    private boolean isFailing;

    // Counters, guarded by the lock.
    private long demotions;
    private long promotions;
    private long dropped;
    private long evictions;
    private long damaged;
    private long errors;

    /** @throws java.io.UncheckedIOException if the folder cannot be used */
    DiskLevel(ValueBlocks blocks, Path folder, long bytes, long memoryBytes, Executor executor) {
        this.blocks = blocks;
        this.executor = executor;
        mostPending = memoryBytes / PENDING_SHARE;
        long least = LEAST_GRANULE;
        while (bytes / least > RegionAlgorithm.LARGEST_REGION) {
            least *= 2;
        }
        granule = least;
        core = new TlsfAlgorithm().region((int) Math.max(1, bytes / granule));
        file = RecordFile.open(folder);
    }

    /** A value leaves memory. It takes a reference to the entry, unless it drops the value. */
    void demote(K key, Entry entry) {
        Entry replaced;
        lock.lock();
        try {
            replaced = unlink(key);
            boolean isTooMuch = pendingBytes > 0 && pendingBytes + entry.weight > mostPending;
            if (isClosed || isTooMuch || !entry.tryRetain()) {
                dropped++;
            } else {
                Slot<K> slot = new Slot<>(key, entry);
                index.put(key, slot);
                pending.add(slot);
                pendingBytes += entry.weight;
                collected.forEach(keys -> keys.add(key));
            }
        } finally {
            lock.unlock();
        }
        release(replaced);
    }

    /** Writes what waits, on the executor. The caller holds no lock. */
    void writePending() {
        lock.lock();
        try {
            if (isScheduled || pending.isEmpty()) {
                return;
            }
            isScheduled = true;
        } finally {
            lock.unlock();
        }
        try {
            executor.execute(this::writeAll);
        } catch (RejectedExecutionException e) {
            writeAll();
        } catch (RuntimeException | Error e) {
            unschedule();
            throw e;
        }
    }

    private void unschedule() {
        lock.lock();
        try {
            isScheduled = false;
        } finally {
            lock.unlock();
        }
    }

    private void writeAll() {
        boolean isDone = false;
        writing.lock();
        try {
            for (Slot<K> slot = nextPending(); slot != null; slot = nextPending()) {
                write(slot);
            }
            isDone = true;
        } finally {
            writing.unlock();
            if (!isDone) {
                unschedule();
            }
        }
    }

    /** The next value to write, with room in the file, or null: then the task ends. What gets no room is dropped. */
    private @Nullable Slot<K> nextPending() {
        while (true) {
            Entry unwritten;
            lock.lock();
            try {
                if (pending.isEmpty()) {
                    isScheduled = false;
                    return null;
                }
                Slot<K> slot = pending.removeFirst();
                slot.start = room(slot.storedBytes);
                if (slot.start != NONE) {
                    slot.isWriting = true;
                    return slot;
                }
                dropped++;
                unwritten = unlink(slot.key);
            } finally {
                lock.unlock();
            }
            release(unwritten);
        }
    }

    /** Takes granules, and evicts the oldest records until there are some. */
    private int room(int storedBytes) {
        int length = (int) Math.max(1, (storedBytes + granule - 1) / granule);
        if (length > core.length()) {
            return NONE;
        }
        int start = core.take(length, 1);
        Iterator<Map.Entry<K, Slot<K>>> oldest = index.entrySet().iterator();
        while (start == NONE && oldest.hasNext()) {
            Slot<K> slot = oldest.next().getValue();
            if (slot.entry != null) {
                break; // this one and all after it are not written yet
            }
            oldest.remove();
            free(slot);
            evictions++;
            start = core.take(length, 1);
        }
        return start;
    }

    private void write(Slot<K> slot) {
        Entry entry = slot.entry;
        if (entry == null) {
            throw new IllegalStateException("a value that is to be written has no entry");
        }
        int checksum = checksum(entry.block);
        boolean isWritten = false;
        try {
            file.write(entry.block, slot.start * granule);
            isWritten = true;
        } catch (IOException | RuntimeException e) {
            failed("write", e);
        }
        lock.lock();
        try {
            slot.checksum = checksum;
            slot.isWriting = false;
            slot.entry = null;
            if (!slot.isGone) {
                pendingBytes -= entry.weight;
                if (isWritten) {
                    demotions++;
                } else {
                    index.remove(slot.key);
                }
            }
            if (slot.isGone || !isWritten) {
                free(slot);
            }
        } finally {
            lock.unlock();
        }
        blocks.release(entry);
    }

    /** Removes a value from the index. Returns the entry that the caller releases after the lock. */
    private @Nullable Entry unlink(K key) {
        Slot<K> slot = index.remove(key);
        if (slot == null) {
            return null;
        }
        if (slot.entry == null) {
            free(slot);
            return null;
        }
        slot.isGone = true;
        pending.remove(slot);
        pendingBytes -= slot.entry.weight;
        return slot.isWriting ? null : slot.entry;
    }

    private void free(Slot<K> slot) {
        if (slot.start != NONE) {
            core.claim(slot.start);
            core.release(slot.start);
            slot.start = NONE;
        }
    }

    private void release(@Nullable Entry entry) {
        if (entry != null) {
            blocks.release(entry);
        }
    }

    /** Whether a value is here that has not expired. Removes one that has. */
    boolean contains(K key, long now) {
        Entry expired;
        lock.lock();
        try {
            Slot<K> slot = index.get(key);
            if (slot == null || isLive(slot, now)) {
                return slot != null;
            }
            expired = unlink(key);
        } finally {
            lock.unlock();
        }
        release(expired);
        return false;
    }

    private static boolean isLive(Slot<?> slot, long now) {
        return slot.lifetime == Entry.FOREVER || now - slot.deadline < 0;
    }

    /** Removes a value if there is one. */
    void remove(K key) {
        Entry entry;
        lock.lock();
        try {
            entry = unlink(key);
        } finally {
            lock.unlock();
        }
        release(entry);
    }

    /**
     * Takes a value out, for memory. Allocates, and so may evict.
     *
     * @return an entry with one reference, or null if there is no value, no memory for it, or its record is damaged
     */
    @Nullable Entry take(K key) {
        Slot<K> seen = slot(key);
        if (seen == null) {
            return null;
        }
        // Before it leaves the index: if there is no memory, it stays.
        Entry copy = blocks.storeAsIs(seen.storedBytes, seen.valueBytes, seen.lifetime);
        if (copy == null) {
            return null;
        }
        copy.deadline = seen.deadline;
        boolean isRead = false;
        lock.lock();
        try {
            if (index.get(key) != seen) { // evicted, or removed, meanwhile
                return null;
            }
            Entry waiting = seen.entry;
            if (waiting != null && waiting.tryRetain()) {
                promotions++;
                Entry unwritten = unlink(key);
                if (unwritten != null) {
                    unwritten.release(); // not the last one: there is the one that was just added
                }
                return waiting;
            }
            index.remove(key);
            isRead = true;
        } finally {
            lock.unlock();
            if (!isRead) {
                blocks.release(copy);
            }
        }
        return read(seen, copy);
    }

    private @Nullable Slot<K> slot(K key) {
        lock.lock();
        try {
            return index.get(key);
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Entry read(Slot<K> slot, Entry copy) {
        boolean isFailed = false;
        try {
            file.read(copy.block, slot.start * granule);
        } catch (IOException | RuntimeException e) {
            failed("read", e);
            isFailed = true;
        }
        boolean isIntact = !isFailed && checksum(copy.block) == slot.checksum;
        lock.lock();
        try {
            free(slot);
            if (isIntact) {
                promotions++;
            } else if (!isFailed) {
                damaged++;
            }
        } finally {
            lock.unlock();
        }
        if (isIntact) {
            return copy;
        }
        blocks.release(copy);
        return null;
    }

    private static int checksum(MemorySegment bytes) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes.asByteBuffer());
        return (int) checksum.getValue();
    }

    /** Counts an error. The first of several is logged. */
    private void failed(String what, Exception e) {
        boolean isFirst;
        lock.lock();
        try {
            errors++;
            isFirst = !isFailing && !isClosed;
            isFailing = true;
        } finally {
            lock.unlock();
        }
        if (isFirst) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "The disk level of a cache failed to " + what
                            + " a record; such values are misses, and later errors are only counted",
                    e);
        }
    }

    /**
     * The keys that are here, those of memory, and those that come from memory meanwhile: the caller may not find them
     * there any more.
     *
     * @param addOthers adds the keys of memory, and of values that were taken out and are on their way there
     */
    Set<K> keys(long now, Consumer<? super Set<K>> addOthers) {
        Set<K> keys = ConcurrentHashMap.newKeySet();
        lock.lock();
        try {
            index.values().stream().filter(slot -> isLive(slot, now)).forEach(slot -> keys.add(slot.key));
            collected.add(keys);
        } finally {
            lock.unlock();
        }
        try {
            addOthers.accept(keys);
        } finally {
            lock.lock();
            try {
                collected.removeIf(each -> each == keys);
            } finally {
                lock.unlock();
            }
        }
        return keys;
    }

    void clear() {
        List<Entry> entries = new ArrayList<>();
        lock.lock();
        try {
            for (K key : List.copyOf(index.keySet())) {
                Entry entry = unlink(key);
                if (entry != null) {
                    entries.add(entry);
                }
            }
        } finally {
            lock.unlock();
        }
        entries.forEach(blocks::release);
    }

    CacheStats.Disk stats() {
        lock.lock();
        try {
            return new CacheStats.Disk(
                    demotions, promotions, dropped, evictions, damaged, errors, index.size(), core.used() * granule);
        } finally {
            lock.unlock();
        }
    }

    /** For tests, when no thread is at work here. */
    void checkInvariants() {
        lock.lock();
        try {
            core.checkInvariants();
            long withRoom =
                    index.values().stream().filter(slot -> slot.start != NONE).count();
            if (withRoom != core.blocks()) {
                throw new IllegalStateException(withRoom + " slots have room, and the core has " + core.blocks());
            }
            long waiting = index.values().stream()
                    .mapToLong(slot -> slot.entry == null ? 0 : slot.entry.weight)
                    .sum();
            if (waiting != pendingBytes) {
                throw new IllegalStateException(waiting + " bytes wait, and " + pendingBytes + " are counted");
            }
            List<Slot<K>> unwritten =
                    index.values().stream().filter(slot -> slot.entry != null).toList();
            if (!unwritten.equals(List.copyOf(pending))) {
                throw new IllegalStateException(
                        unwritten.size() + " values are not written, and " + pending.size() + " wait");
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            isClosed = true;
        } finally {
            lock.unlock();
        }
        clear();
        writing.lock(); // a record that is being written is done first
        try {
            file.close();
        } finally {
            writing.unlock();
        }
    }
}
