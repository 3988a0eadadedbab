package dev.ashlar.cache;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A value in a block, with the number of those that hold it.
 *
 * <h2>Protocol</h2>
 *
 * <p>The count starts at 1, for the cache: its map, or the values that are to be written to disk, has the entry. Each
 * reader adds 1 before it reads and removes 1 after. The release that brings it to 0 frees the block. From 0 the
 * count never changes.
 *
 * <p>So a block is not freed under a reader: while a reader has its 1, the count is not 0. A reader that finds 0 was
 * too late and looks the key up again. It finds another entry or none, because the cache removes an entry from its map
 * before it removes its own 1. The block is never moved or written after the entry is published, so a value is never
 * torn.
 *
 * <p>{@link dev.ashlar.api.CountedBlock} counts in the same way, but its {@code retain} throws at 0, where a reader
 * here looks again, and it would be two more objects for each value.
 */
final class Entry {

    /** No end of its life. */
    static final long FOREVER = Long.MAX_VALUE;

    private static final VarHandle REFERENCES;

    static {
        try {
            REFERENCES = MethodHandles.lookup().findVarHandle(Entry.class, "references", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The value, or its compressed form if that is smaller than {@link #valueBytes}. */
    final MemorySegment block;

    /** The size of the value. */
    final int valueBytes;

    /** Bytes that the block takes. */
    final int weight;

    /** Nanoseconds that it lives after a write or after an access, or {@link #FOREVER}. */
    final long lifetime;

    /**
     * The time at which it expires, on the cache's clock, if it does. Readers renew it where an access counts. The race
     * among them is benign: they write almost the same time.
     */
    long deadline;

    @SuppressWarnings("unused") // by REFERENCES
    private volatile int references = 1;

    Entry(MemorySegment block, int valueBytes, int weight, long lifetime) {
        this.block = block;
        this.valueBytes = valueBytes;
        this.weight = weight;
        this.lifetime = lifetime;
    }

    boolean isCompressed() {
        return block.byteSize() < valueBytes;
    }

    boolean isExpired(long now) {
        return lifetime != FOREVER && now - deadline >= 0;
    }

    void renew(long now) {
        deadline = now + lifetime;
    }

    /** Adds a reference, unless the block is freed or about to be. */
    boolean tryRetain() {
        int seen = references;
        while (seen > 0) {
            int witness = (int) REFERENCES.compareAndExchange(this, seen, seen + 1);
            if (witness == seen) {
                return true;
            }
            seen = witness;
        }
        return false;
    }

    /** Removes a reference. Returns whether it was the last one: then the caller frees the block. */
    boolean release() {
        int before = (int) REFERENCES.getAndAdd(this, -1);
        if (before <= 0) {
            throw new IllegalStateException("a reference that was not held is released");
        }
        return before == 1;
    }
}
