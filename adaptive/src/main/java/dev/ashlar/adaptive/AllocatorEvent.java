package dev.ashlar.adaptive;

import java.time.Instant;
import java.util.List;
import java.util.Locale;

/**
 * Something rare that happened in an adaptive allocator, with the figures behind it. Immutable. Bytes are bytes, and
 * ratios are fractions.
 */
public sealed interface AllocatorEvent {

    /** When it happened. */
    Instant time();

    /** What happened, in a sentence for people. */
    String describe();

    @SuppressWarnings("AnnotateFormatMethod") // the annotation would be a dependency
    private static String say(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }

    /**
     * Another strategy than the first choice serves a tier.
     *
     * @param time when
     * @param tier which tier
     * @param wanted the first choice, which is not installed
     * @param used what serves instead
     */
    record StrategyReplaced(Instant time, String tier, String wanted, String used) implements AllocatorEvent {
        @Override
        public String describe() {
            return "tier " + tier + " is served by " + used + ", because " + wanted + " is not installed";
        }
    }

    /**
     * Large blocks have become frequent, so that a strategy serves them from memory that it keeps, or rare again, so
     * that each is a chunk of its own.
     *
     * @param time when
     * @param tier which tier
     * @param by the strategy that serves them from now on, or {@link TierConfig#DIRECT}
     */
    record LargeBlocksRerouted(Instant time, String tier, String by) implements AllocatorEvent {
        @Override
        public String describe() {
            return by.equals(TierConfig.DIRECT)
                    ? "tier " + tier + ": large blocks are rare, each is a chunk of its own"
                    : "tier " + tier + ": large blocks are frequent, " + by + " serves them";
        }
    }

    /**
     * How much is kept ready has changed.
     *
     * @param time when
     * @param what a tier or a pool
     * @param from how much was retained at most, in bytes or objects
     * @param to how much is retained at most now
     * @param hitRate of the window
     * @param inUse what the load needed of it in the window
     */
    record RetentionChanged(Instant time, String what, long from, long to, double hitRate, long inUse)
            implements AllocatorEvent {
        @Override
        public String describe() {
            return say("%s: retained %,d to %,d (hit rate %.4f, %,d in use)", what, from, to, hitRate, inUse);
        }
    }

    /**
     * New blocks of a tier use another table of size classes.
     *
     * @param time when
     * @param tier which tier
     * @param sizes the classes
     * @param wasteBefore share of the sampled blocks' bytes that the table before wastes
     * @param wasteNow the same for the new table
     * @param samples requests that this is computed from
     */
    record TableSwitched(
            Instant time, String tier, List<Integer> sizes, double wasteBefore, double wasteNow, long samples)
            implements AllocatorEvent {

        /** Copies the list. */
        public TableSwitched {
            sizes = List.copyOf(sizes);
        }

        @Override
        public String describe() {
            return say(
                    "tier %s: %d size classes computed from %,d requests waste %.1f %% instead of %.1f %%",
                    tier, sizes.size(), samples, wasteNow * 100, wasteBefore * 100);
        }
    }

    /**
     * Memory that nobody came back for went upstream.
     *
     * @param time when
     * @param tier which tier
     * @param bytes how much
     * @param keptBytes how much idle memory may stay
     */
    record IdleReturned(Instant time, String tier, long bytes, long keptBytes) implements AllocatorEvent {
        @Override
        public String describe() {
            return say("tier %s: %,d idle bytes went back, %,d may stay", tier, bytes, keptBytes);
        }
    }

    /** What an alert is about. */
    enum Alert {
        /** Share of the allocated bytes that was not asked for. */
        FRAGMENTATION,
        /**
         * Share of the committed bytes that live blocks take, without the retained bytes and 4 MiB, which may be idle.
         */
        UTILISATION,
        /** Committed bytes, without the same, for each byte that a live block was asked for with. */
        OVERHEAD,
        /** Share of the limit that is committed. */
        PRESSURE,
        /** Share of the requests that were served without new memory from the source. */
        HIT_RATE,
        /** Share of a pool's acquires for which no object was made. */
        REUSE_RATIO
    }

    /**
     * A figure is beyond its threshold.
     *
     * @param time when
     * @param alert what it is about
     * @param what the allocator, a tier or a pool
     * @param figure the figure
     * @param threshold where the alert is raised
     */
    record AlertRaised(Instant time, Alert alert, String what, double figure, double threshold)
            implements AllocatorEvent {
        @Override
        public String describe() {
            return say("alert: %s of %s is %.3f, threshold %.3f", alert, what, figure, threshold);
        }
    }

    /**
     * A figure has come back.
     *
     * @param time when
     * @param alert what it was about
     * @param what the allocator, a tier or a pool
     * @param figure the figure now
     */
    record AlertEnded(Instant time, Alert alert, String what, double figure) implements AllocatorEvent {
        @Override
        public String describe() {
            return say("alert over: %s of %s is %.3f", alert, what, figure);
        }
    }

    /**
     * More is committed than the soft limit allows.
     *
     * @param time when
     * @param committedBytes committed bytes
     * @param limitBytes the hard limit
     */
    record PressureReached(Instant time, long committedBytes, long limitBytes) implements AllocatorEvent {
        @Override
        public String describe() {
            return say("pressure: %,d of %,d bytes committed", committedBytes, limitBytes);
        }
    }

    /**
     * A request was refused.
     *
     * @param time when
     * @param byteSize what was asked for
     * @param byteAlignment its alignment
     * @param committedBytes committed bytes
     * @param limitBytes the hard limit
     */
    record AllocationFailed(Instant time, long byteSize, long byteAlignment, long committedBytes, long limitBytes)
            implements AllocatorEvent {
        @Override
        public String describe() {
            return say("refused %,d bytes aligned to %d, %,d are committed", byteSize, byteAlignment, committedBytes);
        }
    }

    /**
     * A chunk was taken from the memory source.
     *
     * @param time when
     * @param tier for which tier
     * @param byteSize bytes that it takes, with what the source adds to align it
     * @param committedBytes committed bytes then
     */
    record ChunkTaken(Instant time, String tier, long byteSize, long committedBytes) implements AllocatorEvent {
        @Override
        public String describe() {
            return say("tier %s took a chunk of %,d bytes", tier, byteSize);
        }
    }

    /**
     * A chunk went back to the memory source.
     *
     * @param time when
     * @param tier from which tier
     * @param byteSize bytes that it takes, with what the source adds to align it
     * @param committedBytes committed bytes then
     */
    record ChunkReturned(Instant time, String tier, long byteSize, long committedBytes) implements AllocatorEvent {
        @Override
        public String describe() {
            return say("tier %s gave back a chunk of %,d bytes", tier, byteSize);
        }
    }
}
