package dev.ashlar.testkit;

import dev.ashlar.api.InvalidBlockException;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/**
 * The limits that an allocator declares, so that the contract can test exactly these. A limit turns a test into its
 * opposite, so a limit that is declared and does not exist fails too. A test that has no opposite is skipped.
 *
 * @param memory whose memory the blocks are
 * @param largestBlock the largest block in bytes that is served, or that the strategy serves itself
 * @param largestAlignment the largest alignment in bytes that is served, or that the strategy serves itself
 * @param beyond what happens to requests beyond these two
 * @param capabilities exactly the capability interfaces that {@link dev.ashlar.api.Allocator#as(Class)} finds
 * @param seenInvalidFrees which invalid frees throw; the others are undefined, and are not tested
 * @param racingFrees what happens to two frees of one block that are not ordered
 * @param singleFrees whether the free of a block gives its memory back
 * @param closing what close does to memory
 * @param threads which threads may use the allocator
 * @param retainedBytesPerThread what may be retained, beyond the configured bytes, for each live platform thread that
 *     used the allocator, and for each stripe of virtual threads
 * @param limited what a configured limit counts
 * @param tightLimitBytes a limit under which the allocator still serves a few of its largest blocks; tests of
 *     exhaustion fill it
 */
public record ContractLimits(
        Memory memory,
        long largestBlock,
        long largestAlignment,
        Beyond beyond,
        Set<Class<?>> capabilities,
        Set<InvalidBlockException.Reason> seenInvalidFrees,
        RacingFrees racingFrees,
        SingleFrees singleFrees,
        Closing closing,
        Threads threads,
        long retainedBytesPerThread,
        Limited limited,
        long tightLimitBytes) {

    /** Whose memory the blocks are. */
    public enum Memory {
        /** The allocator's own, which it takes from its source, limits and counts. */
        OWN,
        /**
         * That of a library which the whole process uses, such as malloc. The allocator has no source, limit, reserve
         * or retained bytes. It counts no blocks, and its byte figures are those of the library. It may see no invalid
         * frees.
         */
        OF_THE_PROCESS
    }

    /** What happens to requests beyond the largest block or alignment. */
    public enum Beyond {
        /** They are refused, by {@link dev.ashlar.api.AllocationException} or null. */
        REFUSED,
        /** They go upstream and are served. */
        SERVED
    }

    /**
     * What happens if two threads free one block without an order between them. For ordered frees only {@link
     * #seenInvalidFrees()} applies.
     */
    public enum RacingFrees {
        /** One is served, the other is refused. */
        ONE_IS_SERVED,
        /**
         * Both may be served. Then figures and limits may count the block as freed twice, and nothing else changes:
         * blocks that are allocated later are not affected. This is the cost of an owner that frees without an atomic
         * operation. At least one is always served.
         */
        BOTH_MAY_BE_SERVED
    }

    /** Whether the free of a single block gives its memory back. */
    public enum SingleFrees {
        /** It can be allocated again. */
        GIVE_BACK,
        /** It is counted, but the memory waits for a {@link dev.ashlar.api.Resettable#reset reset}, as in an arena. */
        WAIT_FOR_RESET
    }

    /** What close does to memory. */
    public enum Closing {
        /** All of it goes back to the source, and live blocks throw on access. */
        ENDS_MEMORY,
        /**
         * The allocator underneath stays open, and live blocks stay accessible: a view or a decorator that owns
         * nothing.
         */
        LEAVES_MEMORY
    }

    /** Which threads may use the allocator. */
    public enum Threads {
        /** All threads. */
        MANY,
        /** The thread that made it; others get a {@link WrongThreadException}. */
        ONE
    }

    /** What a configured limit counts. */
    public enum Limited {
        /** Memory taken from the source or upstream. */
        COMMITTED_BYTES,
        /** The requested sizes of live blocks, for a decorator that knows no other sizes. */
        REQUESTED_BYTES
    }

    /** Checks the ranges that the tests rely on. */
    public ContractLimits {
        capabilities = Set.copyOf(capabilities);
        seenInvalidFrees = Set.copyOf(seenInvalidFrees);
        Objects.requireNonNull(memory, "memory");
        Objects.requireNonNull(beyond, "beyond");
        Objects.requireNonNull(racingFrees, "racingFrees");
        Objects.requireNonNull(singleFrees, "singleFrees");
        Objects.requireNonNull(closing, "closing");
        Objects.requireNonNull(threads, "threads");
        Objects.requireNonNull(limited, "limited");
        if (largestBlock < 64) {
            throw new IllegalArgumentException("largestBlock is " + largestBlock + ", must be 64 or more");
        }
        if (largestAlignment < 8 || Long.bitCount(largestAlignment) != 1) {
            throw new IllegalArgumentException(
                    "largestAlignment is " + largestAlignment + ", must be a power of two from 8 on");
        }
        if (retainedBytesPerThread < 0) {
            throw new IllegalArgumentException(
                    "retainedBytesPerThread is " + retainedBytesPerThread + ", must be 0 or more");
        }
        if (tightLimitBytes < 4 * largestBlock) {
            throw new IllegalArgumentException("tightLimitBytes is " + tightLimitBytes
                    + ", must be at least four largest blocks: " + 4 * largestBlock);
        }
    }

    /** A builder that starts from an allocator with no limits: see each of its methods. */
    public static Builder builder() {
        return new Builder();
    }

    boolean hasOwnMemory() {
        return memory == Memory.OWN;
    }

    /** Whether an invalid free of this kind is promised to throw. */
    boolean sees(InvalidBlockException.Reason reason) {
        return seenInvalidFrees.contains(reason);
    }

    /** Builds {@link ContractLimits}. Not safe for use by many threads. */
    public static final class Builder {
        private Memory memory = Memory.OWN;
        private long largestBlock = 64 * 1024;
        private long largestAlignment = 4096;
        private Beyond beyond = Beyond.REFUSED;
        private Set<Class<?>> capabilities = Set.of();
        private Set<InvalidBlockException.Reason> seenInvalidFrees = EnumSet.allOf(InvalidBlockException.Reason.class);
        private RacingFrees racingFrees = RacingFrees.ONE_IS_SERVED;
        private SingleFrees singleFrees = SingleFrees.GIVE_BACK;
        private Closing closing = Closing.ENDS_MEMORY;
        private Threads threads = Threads.MANY;
        private long retainedBytesPerThread;
        private Limited limited = Limited.COMMITTED_BYTES;
        private long tightLimitBytes;

        private Builder() {}

        /**
         * Sets whose memory the blocks are.
         *
         * @param memory {@link Memory#OWN} if not set
         */
        public Builder memory(Memory memory) {
            this.memory = memory;
            return this;
        }

        /**
         * Sets the largest block.
         *
         * @param byteSize 64 or more; 64 KiB if not set
         */
        public Builder largestBlock(long byteSize) {
            largestBlock = byteSize;
            return this;
        }

        /**
         * Sets the largest alignment.
         *
         * @param byteAlignment a power of two of 8 or more; 4096 if not set
         */
        public Builder largestAlignment(long byteAlignment) {
            largestAlignment = byteAlignment;
            return this;
        }

        /**
         * Sets what happens to requests beyond the largest block or alignment.
         *
         * @param beyond {@link Beyond#REFUSED} if not set
         */
        public Builder beyond(Beyond beyond) {
            this.beyond = beyond;
            return this;
        }

        /**
         * Sets which capabilities are promised; all others must not be found.
         *
         * @param interfaces capability interfaces of {@code dev.ashlar.api}; none if not set
         */
        public Builder capabilities(Class<?>... interfaces) {
            capabilities = Set.of(interfaces);
            return this;
        }

        /**
         * Sets which invalid frees throw.
         *
         * @param reasons all if not set, as rule 4 requires for every strategy that frees single blocks of its own
         *     memory
         */
        public Builder seenInvalidFrees(InvalidBlockException.Reason... reasons) {
            seenInvalidFrees = Set.of(reasons);
            return this;
        }

        /**
         * Sets what happens to two frees of one block that are not ordered.
         *
         * @param racingFrees {@link RacingFrees#ONE_IS_SERVED} if not set
         */
        public Builder racingFrees(RacingFrees racingFrees) {
            this.racingFrees = racingFrees;
            return this;
        }

        /**
         * Sets whether the free of a single block gives its memory back.
         *
         * @param singleFrees {@link SingleFrees#GIVE_BACK} if not set
         */
        public Builder singleFrees(SingleFrees singleFrees) {
            this.singleFrees = singleFrees;
            return this;
        }

        /**
         * Sets what close does to memory.
         *
         * @param closing {@link Closing#ENDS_MEMORY} if not set
         */
        public Builder closing(Closing closing) {
            this.closing = closing;
            return this;
        }

        /**
         * Sets which threads may use the allocator.
         *
         * @param threads {@link Threads#MANY} if not set
         */
        public Builder threads(Threads threads) {
            this.threads = threads;
            return this;
        }

        /**
         * Sets what may be retained for each live platform thread.
         *
         * @param bytes 0 if not set: nothing beyond the retained bytes
         */
        public Builder retainedBytesPerThread(long bytes) {
            retainedBytesPerThread = bytes;
            return this;
        }

        /**
         * Sets what a configured limit counts.
         *
         * @param limited {@link Limited#COMMITTED_BYTES} if not set
         */
        public Builder limited(Limited limited) {
            this.limited = limited;
            return this;
        }

        /**
         * Sets the limit that tests of exhaustion fill.
         *
         * @param bytes at least four largest blocks; if not set, eight of them, or eight times what a thread may
         *     retain, but at least 1 MiB
         */
        public Builder tightLimitBytes(long bytes) {
            tightLimitBytes = bytes;
            return this;
        }

        /**
         * The limits.
         *
         * @throws IllegalArgumentException if a value is out of its range, naming value and range
         */
        public ContractLimits build() {
            long tight = tightLimitBytes != 0
                    ? tightLimitBytes
                    : Math.max(1 << 20, 8 * Math.max(largestBlock, retainedBytesPerThread));
            return new ContractLimits(
                    memory,
                    largestBlock,
                    largestAlignment,
                    beyond,
                    capabilities,
                    seenInvalidFrees,
                    racingFrees,
                    singleFrees,
                    closing,
                    threads,
                    retainedBytesPerThread,
                    limited,
                    tight);
        }
    }
}
