package dev.ashlar.arena;

import java.util.Objects;

/**
 * What can be set for the {@code arena} strategy beyond the general configuration.
 *
 * @param threads who may use the arena
 * @param checking which invalid frees are seen beyond those of foreign memory
 * @param firstChunk bytes of the first chunk, 4 KiB to {@code largestChunk}; each chunk that follows is as large as all
 *     before it together
 * @param largestChunk bytes of a chunk at most, 64 KiB to 4 MiB; a block of more than a quarter of it has memory of its
 *     own
 */
public record ArenaConfig(Threads threads, Checking checking, long firstChunk, long largestChunk) {

    private static final long SMALLEST_CHUNK = 4 << 10;
    private static final long SMALLEST_LARGEST = 64 << 10;
    private static final long LARGEST = 4 << 20;

    /** For all threads, without checking, chunks of 64 KiB to 4 MiB. */
    public static final ArenaConfig DEFAULTS = new ArenaConfig(Threads.SHARED, Checking.NONE, 64 << 10, LARGEST);

    /** Who may use an arena. */
    public enum Threads {
        /** Any thread; an allocation takes a compare-and-set. */
        SHARED,
        /** The thread that made it; all others get a {@link WrongThreadException}. */
        CONFINED
    }

    /** Which invalid frees are seen. */
    public enum Checking {
        /**
         * Those of memory that the arena does not hold, those at or above the current position, and of large blocks
         * all.
         */
        NONE,
        /** All of them, by a sorted map of blocks, which has an entry on the Java heap for each live one. */
        FULL
    }

    /**
     * Checks every value.
     *
     * @throws IllegalArgumentException naming the value and what is allowed
     */
    public ArenaConfig {
        Objects.requireNonNull(threads, "threads");
        Objects.requireNonNull(checking, "checking");
        requireRange("largestChunk", largestChunk, SMALLEST_LARGEST, LARGEST);
        requireRange("firstChunk", firstChunk, SMALLEST_CHUNK, largestChunk);
    }

    private static void requireRange(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " is " + value + ", must be " + least + " to " + most + " bytes");
        }
    }
}
