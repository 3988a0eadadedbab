package dev.ashlar.arena;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorBuilder;
import java.util.Optional;

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

    /** Builds allocators of the strategy {@code arena}. Sizes are checked when the allocator is built. */
    public static final class Builder extends AllocatorBuilder<Builder> {

        private ArenaConfig.Threads threads = ArenaConfig.DEFAULTS.threads();
        private ArenaConfig.Checking checking = ArenaConfig.DEFAULTS.checking();
        private long firstChunk = ArenaConfig.DEFAULTS.firstChunk();
        private long largestChunk = ArenaConfig.DEFAULTS.largestChunk();

        private Builder() {
            super(new ArenaProvider());
        }

        /** Makes an arena for the thread that builds it. Calls by other threads throw {@link WrongThreadException}. */
        public Builder confined() {
            threads = ArenaConfig.Threads.CONFINED;
            return this;
        }

        /**
         * Sets which invalid frees are detected, beside frees of foreign memory.
         *
         * @param checking none by default
         */
        public Builder checking(ArenaConfig.Checking checking) {
            this.checking = checking;
            return this;
        }

        /**
         * Sets the size of the first chunk. Each later chunk is as large as all before it together.
         *
         * @param bytes 4 KiB to the largest chunk; 64 KiB by default
         */
        public Builder firstChunk(long bytes) {
            firstChunk = bytes;
            return this;
        }

        /**
         * Sets how large a chunk may be. A block of more than a quarter of it has memory of its own.
         *
         * @param bytes 64 KiB to 4 MiB, the default
         */
        public Builder largestChunk(long bytes) {
            largestChunk = bytes;
            return this;
        }

        @Override
        protected Optional<Record> settings() {
            return Optional.of(new ArenaConfig(threads, checking, firstChunk, largestChunk));
        }
    }
}
