package dev.ashlar.api.compose;

import dev.ashlar.api.Allocator;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * What {@link Allocators#hardening(Allocator, Hardening)} checks. Immutable.
 *
 * {@snippet class="dev.ashlar.verification.shown.DecoratorCodeTest" region="hardening"}
 */
public final class Hardening {

    /** How much is checked. Each level checks what the one before it does, and more. */
    public enum Level {

        /**
         * The size that a block is freed with is the size that was requested, and each block is freed once. Nothing is
         * written to memory.
         *
         * <p>Costs two look-ups in a table for each block, and some 40 to 80 bytes of the Java heap for each block
         * that was live at the peak. Adds no bytes to a block. Makes no object, but keeps
         * upstream's segment where upstream has no {@link dev.ashlar.api.AddressAllocator}.
         */
        SIZES,

        /**
         * Also that no byte just before or behind a block was written. This is checked when the block is freed or
         * resized, and on request.
         *
         * <p>Costs two more passes over the redzones of each block. Adds {@link Builder#redzoneBytes(int)} on each
         * side, and as many bytes as the alignment if that is more. Makes no object for a block where
         * upstream has {@link dev.ashlar.api.AddressAllocator}.
         */
        CANARIES,

        /**
         * Also where a block was allocated and freed. A new block is filled with {@link #ALLOCATED}. A freed block is
         * filled with {@link #FREED} and is quarantined: its memory is not used again for some time, and is checked for
         * writes before it is.
         *
         * <p>Costs three passes over the bytes of each block, and two walks of the stack, which take a microsecond or
         * more each. Uses the bytes of the quarantine, and some hundred bytes of the Java heap for each block.
         */
        FULL;

        /**
         * The level of a name.
         *
         * @param name a name in lower case, such as {@code full}
         * @throws IllegalArgumentException if there is none; the message has all names
         */
        public static Level of(String name) {
            return Arrays.stream(values())
                    .filter(level -> level.toString().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("The level is '" + name + "', must be one of "
                            + Arrays.stream(values()).map(Level::toString).collect(Collectors.joining(", "))));
        }

        /** The name in lower case. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Fills a block that was handed out and not written yet. It is what debuggers of C programs show. */
    public static final byte ALLOCATED = (byte) 0xCD;

    /** Fills a block that was freed. */
    public static final byte FREED = (byte) 0xDD;

    /** The name of the {@link System.Logger} for findings that no exception reports. */
    public static final String LOGGER = "dev.ashlar.hardening";

    private static final int LARGEST_REDZONE = 4096;

    final Level level;
    final int redzoneBytes;
    final long quarantineBytes;
    final boolean zeroing;
    final int guardEvery;
    final int siteFrames;
    private final Consumer<? super Finding> onFinding;

    private Hardening(Builder builder) {
        level = builder.level;
        redzoneBytes = builder.redzoneBytes;
        quarantineBytes = builder.quarantineBytes;
        zeroing = builder.zeroing;
        guardEvery = builder.guardEvery;
        siteFrames = builder.siteFrames;
        onFinding = builder.onFinding;
    }

    /**
     * A builder that starts from the defaults of a level.
     *
     * @param level how much is checked
     */
    public static Builder builder(Level level) {
        return new Builder(Objects.requireNonNull(level, "level"));
    }

    /**
     * The defaults of a level.
     *
     * @param level how much is checked
     */
    public static Hardening of(Level level) {
        return builder(level).build();
    }

    /** How much is checked. */
    public Level level() {
        return level;
    }

    /**
     * An allocator as of {@link Allocators#hardening(Allocator, Hardening)} that owns the one underneath: a close of it
     * checks the quarantine and closes both. For makers of allocators.
     *
     * @param allocator serves the blocks, and is used through the result only from now on
     */
    public Allocator owning(Allocator allocator) {
        return HardeningAllocator.owning(Objects.requireNonNull(allocator, "allocator"), this);
    }

    /** Passes a finding on. An exception of the receiver is logged and has no other effect. */
    void report(Finding finding) {
        try {
            onFinding.accept(finding);
        } catch (RuntimeException e) {
            System.getLogger(LOGGER)
                    .log(System.Logger.Level.WARNING, "The receiver of this finding failed: " + finding.message(), e);
        }
    }

    @Override
    public String toString() {
        return "Hardening[level=" + level + ", redzoneBytes=" + redzoneBytes + ", quarantineBytes=" + quarantineBytes
                + ", zeroOnFree=" + zeroing + ", guardEvery=" + guardEvery + ", siteFrames=" + siteFrames + "]";
    }

    /** Sets what is checked. Not safe for use by many threads. */
    public static final class Builder {

        private final Level level;
        private int redzoneBytes = 16;
        private long quarantineBytes = 1 << 20;
        private boolean zeroing;
        private int guardEvery;
        private int siteFrames = 8;
        private Consumer<? super Finding> onFinding =
                finding -> System.getLogger(LOGGER).log(System.Logger.Level.ERROR, finding.message());

        private Builder(Level level) {
            this.level = level;
        }

        /**
         * Sets how many bytes on each side of a block are checked, from {@link Level#CANARIES} on. A larger redzone
         * finds writes that are further off.
         *
         * @param bytes a power of two from 8 to {@value Hardening#LARGEST_REDZONE}; 16 if not set
         * @throws IllegalArgumentException if it is another value
         */
        public Builder redzoneBytes(int bytes) {
            if (bytes < Long.BYTES || bytes > LARGEST_REDZONE || Integer.bitCount(bytes) != 1) {
                throw new IllegalArgumentException("redzoneBytes is " + bytes + ", must be a power of two from "
                        + Long.BYTES + " to " + LARGEST_REDZONE);
            }
            redzoneBytes = bytes;
            return this;
        }

        /**
         * Sets how many bytes the blocks in quarantine may take, with their redzones. A larger block is not
         * quarantined. The memory counts against a limit of upstream. It is released before a request is refused for
         * lack of memory.
         *
         * @param bytes 0 or more; 1 MiB if not set
         * @throws IllegalArgumentException if it is negative
         */
        public Builder quarantineBytes(long bytes) {
            quarantineBytes = atLeast(0, bytes, "quarantineBytes");
            return this;
        }

        /**
         * Fills each freed block with zeros, before another client can read it. For secrets. A quarantined block is
         * checked to be still zero.
         */
        public Builder zeroOnFree() {
            zeroing = true;
            return this;
        }

        /**
         * Guards some of the blocks, chosen at random. A guarded block is checked as at {@link Level#FULL}, whatever
         * the level, and has a redzone of {@value HardenedBlocks#GUARD} bytes on each side. So a cheap level can run in
         * production, and finds each error that is frequent enough after a while.
         *
         * <p>The guard is checked, and not made inaccessible: this would need a restricted call of the operating
         * system, and whole pages that no other block shares. If there is no memory for a guarded block, the block is
         * not guarded. Blocks of a batch are not guarded.
         *
         * @param blocks one block of so many on average; 1 for all, 0 for none, which is the default
         * @throws IllegalArgumentException if it is negative
         */
        public Builder guardEvery(int blocks) {
            guardEvery = (int) atLeast(0, blocks, "guardEvery");
            return this;
        }

        /**
         * Sets how many frames of the stack a site has, where sites are recorded.
         *
         * @param frames 1 or more; 8 if not set
         * @throws IllegalArgumentException if it is less than 1
         */
        public Builder siteFrames(int frames) {
            siteFrames = (int) atLeast(1, frames, "siteFrames");
            return this;
        }

        /**
         * Sets what receives a finding that is not the fault of the current call: a write to a block in quarantine. By
         * default it is logged as an error to the {@link System.Logger} named {@value Hardening#LOGGER}.
         *
         * @param receiver is called on the thread that finds it, at the end of a call of the allocator, which it may
         *     use
         */
        public Builder onFinding(Consumer<? super Finding> receiver) {
            onFinding = Objects.requireNonNull(receiver, "receiver");
            return this;
        }

        private static long atLeast(long least, long value, String name) {
            if (value < least) {
                throw new IllegalArgumentException(name + " is " + value + ", must be " + least + " or more");
            }
            return value;
        }

        /** The settings. The builder can be used again. */
        public Hardening build() {
            return new Hardening(this);
        }
    }
}
