package dev.ashlar.api.compose;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.SupervisedPool;
import java.time.InstantSource;
import java.util.Objects;

/**
 * How live blocks and acquired objects are tracked. Immutable; may be used for any number of allocators and pools.
 *
 * {@snippet class="dev.ashlar.verification.shown.TrackingCodeTest" region="tracking"}
 *
 * <p>Only a sample is tracked: each byte that is allocated has the same small chance. An allocation costs a
 * subtraction, a free costs the read of a word, and neither makes an object. A sampled block costs a stack walk of some
 * microseconds, a lock for its entry, and about sixty bytes on the Java heap while it lives. Figures are estimates: a
 * sampled block stands for all those like it. They are exact if {@linkplain Builder#bytesPerSample every block} is
 * sampled.
 */
public final class Tracking {

    /** For {@link Builder#bytesPerSample} and {@link Builder#objectsPerSample}: everything is tracked. */
    public static final int ALL = 1;

    /** The default of {@link Builder#bytesPerSample}: 4 MiB. */
    public static final long DEFAULT_BYTES_PER_SAMPLE = 4L << 20;

    /** The default of {@link Builder#objectsPerSample}. */
    public static final int DEFAULT_OBJECTS_PER_SAMPLE = 1 << 10;

    private static final int DEFAULT_FRAMES = 8;
    private static final int MOST_FRAMES = 64;

    /** What is done about a sampled block or object that no code has any more, and that was not freed or released. */
    public enum Unreachable {
        /** The first one of each place is logged, and reports count them. Costs a reference object for each. */
        REPORTED,
        /** Nothing: for programs that keep only addresses or slices of their blocks. */
        IGNORED
    }

    final String name;
    final long bytesPerSample;
    final int objectsPerSample;
    final int frames;
    final InstantSource clock;
    final Unreachable unreachable;
    final long seed;

    private Tracking(Builder builder) {
        name = builder.name;
        bytesPerSample = builder.bytesPerSample;
        objectsPerSample = builder.objectsPerSample;
        frames = builder.frames;
        clock = builder.clock;
        unreachable = builder.unreachable;
        seed = builder.seed;
    }

    /** A builder that starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Tracks an allocator, and owns it: unlike the view of {@link Allocators#tracking}, closing the result closes the
     * allocator too. For code that makes allocators for others.
     *
     * @param allocator serves the blocks
     */
    public Allocator owning(Allocator allocator) {
        return TrackingAllocator.owning(Objects.requireNonNull(allocator, "allocator"), this);
    }

    /**
     * Tracks the objects that are acquired from a pool, and the leases. The result owns the pool: closing the result
     * closes the pool too.
     *
     * @param <T> the type of the objects
     * @param pool serves the objects
     * @return a pool that is {@link Tracked}
     */
    public <T> SupervisedPool<T> owning(SupervisedPool<T> pool) {
        return new TrackingPool<>(Objects.requireNonNull(pool, "pool"), this);
    }

    /** Builds a {@link Tracking}. If a value is set twice, the later one is used. Not safe for use by many threads. */
    public static final class Builder {

        private String name = "allocator";
        private long bytesPerSample = DEFAULT_BYTES_PER_SAMPLE;
        private int objectsPerSample = DEFAULT_OBJECTS_PER_SAMPLE;
        private int frames = DEFAULT_FRAMES;
        private InstantSource clock = InstantSource.system();
        private Unreachable unreachable = Unreachable.REPORTED;
        private long seed = System.nanoTime();

        private Builder() {}

        /**
         * Sets the name in reports and logs. The default is {@code allocator}.
         *
         * @param name not blank
         * @throws IllegalArgumentException if it is blank
         */
        public Builder name(String name) {
            if (name.isBlank()) {
                throw new IllegalArgumentException("name is '" + name + "', must not be blank");
            }
            this.name = name;
            return this;
        }

        /**
         * Sets how many bytes are allocated for each sample, on average. The default is {@value
         * Tracking#DEFAULT_BYTES_PER_SAMPLE}. A site whose live bytes are a hundred times this is estimated to a tenth.
         *
         * @param bytes 1 or more; with {@link Tracking#ALL} every block is tracked, also one of 0 bytes
         * @throws IllegalArgumentException if it is less than 1
         */
        public Builder bytesPerSample(long bytes) {
            this.bytesPerSample = requireAtLeastOne("bytesPerSample", bytes);
            return this;
        }

        /**
         * Sets how many objects are acquired from a pool for each sample, on average. The default is {@value
         * Tracking#DEFAULT_OBJECTS_PER_SAMPLE}.
         *
         * @param objects 1 or more; with {@link Tracking#ALL} every object is tracked
         * @throws IllegalArgumentException if it is less than 1
         */
        public Builder objectsPerSample(int objects) {
            this.objectsPerSample = (int) requireAtLeastOne("objectsPerSample", objects);
            return this;
        }

        private static long requireAtLeastOne(String what, long value) {
            if (value < 1) {
                throw new IllegalArgumentException(
                        what + " is " + value + ", must be 1 or more. With 1 everything is tracked.");
            }
            return value;
        }

        /**
         * Sets how many frames of the stack tell places apart, from the first outside Ashlar. The default is 8.
         *
         * @param frames 1 to 64
         * @throws IllegalArgumentException if it is out of range
         */
        public Builder frames(int frames) {
            if (frames < 1 || frames > MOST_FRAMES) {
                throw new IllegalArgumentException("frames is " + frames + ", must be 1 to " + MOST_FRAMES);
            }
            this.frames = frames;
            return this;
        }

        /**
         * Sets the clock of ages and rates. The default is the system's.
         *
         * @param clock is read for each sample and report
         */
        public Builder clock(InstantSource clock) {
            this.clock = Objects.requireNonNull(clock, "clock");
            return this;
        }

        /**
         * Sets what is done about blocks and objects that no code has any more. The default is {@link
         * Unreachable#REPORTED}.
         *
         * @param unreachable what is done
         */
        public Builder unreachable(Unreachable unreachable) {
            this.unreachable = Objects.requireNonNull(unreachable, "unreachable");
            return this;
        }

        /** For tests: makes the sample the same in each run. */
        Builder seed(long seed) {
            this.seed = seed;
            return this;
        }

        /** The settings. */
        public Tracking build() {
            return new Tracking(this);
        }
    }
}
