package dev.ashlar.arena;

import dev.ashlar.api.Allocator;
import dev.ashlar.arena.internal.ArenaSettings;
import dev.ashlar.spi.AllocatorBuilder;

/**
 * Allocators of the strategy {@code arena}.
 *
 * {@snippet class="dev.ashlar.verification.shown.ArenaCodeTest" region="bump"}
 */
public final class BumpArena {

    private BumpArena() {}

    /** An allocator with every default: for all threads, without checking. */
    public static Allocator allocator() {
        return builder().build();
    }

    /** A builder that starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

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

    /** Sets what is to differ from the defaults. */
    public static final class Builder extends AllocatorBuilder<Builder> {

        private Builder() {
            super(new ArenaProvider());
        }

        /**
         * Sets who may use the arena.
         *
         * @param threads all by default; {@link Threads#CONFINED} for the one that builds it
         */
        public Builder threads(Threads threads) {
            return set(ArenaSettings.THREADS, threads);
        }

        /**
         * Sets which invalid frees are detected, beside frees of foreign memory.
         *
         * @param checking none by default
         */
        public Builder checking(Checking checking) {
            return set(ArenaSettings.CHECKING, checking);
        }

        /**
         * Sets the size of the first chunk. Each later chunk is as large as all before it together.
         *
         * @param bytes 4 KiB to the largest chunk; 64 KiB by default
         * @throws IllegalArgumentException if it is less than 4 KiB or more than 4 MiB; what it is to the largest chunk
         *     is checked when the allocator is built
         */
        public Builder firstChunk(long bytes) {
            return set(ArenaSettings.FIRST_CHUNK, bytes);
        }

        /**
         * Sets how large a chunk may be. A block of more than a quarter of it has memory of its own.
         *
         * @param bytes 64 KiB to 4 MiB, the default
         * @throws IllegalArgumentException if it is out of range
         */
        public Builder largestChunk(long bytes) {
            return set(ArenaSettings.LARGEST_CHUNK, bytes);
        }
    }
}
