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

    /** An allocator with every default. All threads may use it, and it does not check every free. */
    public static Allocator allocator() {
        return builder().build();
    }

    /** A builder that starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Which threads may use an arena. */
    public enum Threads {
        /** Any thread. An allocation takes a compare-and-set. */
        SHARED,
        /** Only the thread that made it. All others get a {@link WrongThreadException}. */
        CONFINED
    }

    /** Which invalid frees are detected. */
    public enum Checking {
        /**
         * Frees of memory that the arena does not hold, of addresses at or above the current position, and all invalid
         * frees of large blocks.
         */
        NONE,
        /** All invalid frees. A sorted map has an entry on the Java heap for each live block. */
        FULL
    }

    /** Builds allocators of the strategy {@code arena}. */
    public static final class Builder extends AllocatorBuilder<Builder> {

        private Builder() {
            super(new ArenaProvider());
        }

        /**
         * Sets which threads may use the arena.
         *
         * @param threads {@link Threads#SHARED} by default; with {@link Threads#CONFINED} only the thread that builds
         *     the arena
         */
        public Builder threads(Threads threads) {
            return set(ArenaSettings.THREADS, threads);
        }

        /**
         * Sets which invalid frees are detected.
         *
         * @param checking {@link Checking#NONE} by default
         */
        public Builder checking(Checking checking) {
            return set(ArenaSettings.CHECKING, checking);
        }

        /**
         * Sets the size of the first chunk. Each later chunk is as large as all chunks before it together, up to the
         * largest chunk.
         *
         * @param bytes 4 KiB to the largest chunk; 64 KiB by default
         * @throws IllegalArgumentException if it is less than 4 KiB or more than 4 MiB. Whether it is at most the
         *     largest chunk is checked when the allocator is built
         */
        public Builder firstChunk(long bytes) {
            return set(ArenaSettings.FIRST_CHUNK, bytes);
        }

        /**
         * Sets the size of the largest chunk. A block that is larger than a quarter of it has memory of its own.
         *
         * @param bytes 64 KiB to 4 MiB; 4 MiB by default
         * @throws IllegalArgumentException if it is out of range
         */
        public Builder largestChunk(long bytes) {
            return set(ArenaSettings.LARGEST_CHUNK, bytes);
        }
    }
}
