package dev.ashlar.insight.rollout;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Owner;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.api.support.ForwardingAllocator;
import dev.ashlar.insight.rollout.RolloutReport.Latency;
import dev.ashlar.insight.rollout.RolloutReport.Side;
import dev.ashlar.insight.rollout.RolloutReport.State;
import dev.ashlar.spi.support.HousekeepingThread;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An allocator that serves a share of the requests from another allocator than the rest, and compares the two: the
 * <i>treatment</i> and <i>control</i>. The share grows by phases. It falls to 0 when the treatment is worse than its
 * margins allow.
 *
 * {@snippet class="dev.ashlar.verification.shown.InsightAdviceCodeTest" region="rollout"}
 *
 * <p><b>Blocks</b> are those of {@link Allocators#fallback(java.util.function.Predicate, Allocator, Allocator)}: a
 * block is freed where it lies, whatever the share is then. A request that the treatment refuses is served by control,
 * and is a refusal of the treatment. Closing the rollout closes the view only.
 *
 * <p><b>Cost.</b> A request reads the share, and computes and hashes its key. Calls of the sides cost a random number
 * each, and a sample reads the clock twice. A free costs a look-up of the side. Nothing is locked. No object is made
 * for a call that is not sampled, unless the look-up of the treatment makes one. Batches and resizes are not measured.
 *
 * <p><b>Checks.</b> The guard, the comparison and the phases go on in checks, by default one each second on Ashlar's
 * housekeeping thread. A check reads the statistics of both sides. What the guard stops stays stopped until
 * {@link #share(double)}. Between two checks a bad treatment serves its share.
 *
 * <p><b>Figures</b> of the sides are those of {@link Allocator#stats}, and include other users of the sides. The
 * {@link Comparison} says how the verdict is reached.
 *
 * <p>Safe for use by many threads.
 */
public final class Rollout extends ForwardingAllocator {

    private static final Logger LOG = LoggerFactory.getLogger(Rollout.class);

    /**
     * A share and how long it stays at least. A phase also needs the samples that the guard judges by, so it does not
     * end without traffic.
     *
     * @param share of the keys that are on the treatment, 0 to 1; a multiple of 0.001
     * @param atLeast the shortest time
     */
    public record Phase(double share, Duration atLeast) {
        /** Checks the share. */
        public Phase {
            require(share >= 0 && share <= 1, "share", share, "0 to 1");
            Objects.requireNonNull(atLeast, "atLeast");
        }
    }

    private final MeasuredSide control;
    private final MeasuredSide treatment;
    private final KeyGroups groups;
    private final InstantSource clock;
    private final Consumer<? super RolloutReport> onStop;
    private final long leastSamples;

    // What follows changes under the lock of this, which requests do not take.
    private final Guard guard;
    private final Looks looks;
    private List<Phase> phases;
    private int phase;
    private Instant phaseSince;
    private State state = State.RUNNING;
    private @Nullable String stopped;

    /** Set once, before anybody else has this. */
    private @Nullable Future<?> checks;

    private Rollout(Builder builder) {
        KeyGroups keys = new KeyGroups(builder.key);
        MeasuredSide rest = new MeasuredSide(builder.control, new SideMeter(builder.every, keys::ofUntreated));
        MeasuredSide tried = new MeasuredSide(builder.treatment, new SideMeter(builder.every, keys::ofTreated));
        super(Allocators.fallback(keys::isTreated, tried, rest));
        this.groups = keys;
        this.control = rest;
        this.treatment = tried;
        this.clock = builder.clock;
        this.onStop = builder.onStop;
        this.leastSamples = builder.leastSamples;
        this.guard = new Guard(new Guard.Margins(
                builder.refusals, builder.percentile, builder.latency, builder.memory, builder.leastSamples));
        this.looks = new Looks(Comparison.ALPHA);
        this.phases = builder.phases;
        this.phaseSince = clock.instant();
        enter(0);
    }

    /** The thread that checks must not keep a rollout that the program has dropped. */
    private static Future<?> repeat(WeakReference<Rollout> reference, Duration interval) {
        return HousekeepingThread.repeat(interval, () -> {
            Rollout rollout = reference.get();
            if (rollout != null && !rollout.isClosed()) {
                rollout.check();
            }
        });
    }

    /**
     * A builder.
     *
     * @param control serves the rest of the requests, and all of them in the end if the treatment is worse
     * @param treatment serves the share; must have the capability {@link Owner}, which shows where to free a block
     */
    public static Builder builder(Allocator control, Allocator treatment) {
        return new Builder(control, treatment);
    }

    private void enter(int index) {
        phase = index;
        phaseSince = clock.instant();
        double share = phases.get(index).share;
        groups.share(share);
        looks.restart(share);
        control.meter.restart();
        treatment.meter.restart();
        guard.restart(control.stats(), treatment.stats(), treatment.meter.errors());
    }

    /**
     * Looks at what was measured: stops the rollout if the treatment is worse than its margins allow, compares the
     * sides, and goes on to the next phase if it is time. It is called by itself, unless {@link Builder#checkedByHand}.
     * Takes about as long as the statistics of both sides.
     */
    public void check() {
        RolloutReport report = checked();
        if (report != null) {
            LOG.warn("a rollout is stopped: {}", report.stopped());
            onStop.accept(report);
        }
    }

    /** A report if this check has stopped the rollout. */
    private synchronized @Nullable RolloutReport checked() {
        guard.collect(control.meter.samples(), treatment.meter.samples());
        if (state == State.STOPPED) {
            return null;
        }
        looks.look(control.meter.samples(), treatment.meter.samples(), groups.treated());
        String reason = guard.judge(control.stats(), treatment.stats(), treatment.meter.errors());
        if (reason != null) {
            halt(reason);
            return report();
        }
        if (state == State.RUNNING && isPhaseOver()) {
            if (phase + 1 < phases.size()) {
                enter(phase + 1);
            } else {
                state = State.FINISHED;
            }
        }
        return null;
    }

    private boolean isPhaseOver() {
        Phase current = phases.get(phase);
        boolean isTried =
                current.share == 0 || treatment.meter.samples().allocations().getTotalCount() >= leastSamples;
        return isTried && Duration.between(phaseSince, clock.instant()).compareTo(current.atLeast) >= 0;
    }

    private void halt(String reason) {
        groups.share(0);
        state = State.STOPPED;
        stopped = reason;
    }

    /**
     * Sends all requests to control from now on. Blocks of the treatment stay live until they are freed; when {@code
     * report().treatment().stats().liveBlocks()} is 0 it can be closed.
     */
    public synchronized void stop() {
        halt("by the program");
    }

    /** The share of the keys that are on the treatment now, 0 to 1. */
    public double share() {
        return (double) groups.treated() / KeyGroups.COUNT;
    }

    /**
     * Sets the share, in place of the phases that are left. A rollout that was stopped runs again. Requests go by the
     * new share at once. A new phase of the comparison begins.
     *
     * @param share 0 to 1; a multiple of 0.001
     * @throws IllegalArgumentException if it is out of range
     */
    public synchronized void share(double share) {
        List<Phase> past = new ArrayList<>(phases.subList(0, phase + 1));
        past.add(new Phase(share, Duration.ZERO));
        phases = List.copyOf(past);
        state = State.RUNNING;
        stopped = null;
        enter(phase + 1);
    }

    /** A report. Costs a walk over all memory of both sides, for the external fragmentation. */
    public synchronized RolloutReport report() {
        guard.collect(control.meter.samples(), treatment.meter.samples());
        return new RolloutReport(
                state, stopped, share(), phase + 1, phases.size(), side(control), side(treatment), looks.comparisons());
    }

    private static Side side(MeasuredSide side) {
        Optional<Inspectable> memory = side.as(Inspectable.class).filter(_ -> !side.isClosed());
        return new Side(
                side.stats(),
                memory.map(Inspectable::externalFragmentation).orElse(Double.NaN),
                Latency.of(side.meter.samples().allocations()),
                Latency.of(side.meter.samples().frees()),
                side.meter.errors());
    }

    @Override
    public String toString() {
        return "Rollout[" + control + ", " + treatment + "]";
    }

    @Override
    public void close() {
        super.close();
        if (checks != null) {
            checks.cancel(false);
        }
    }

    private static void require(boolean isAllowed, String name, Object value, String range) {
        if (!isAllowed) {
            throw new IllegalArgumentException(name + " is " + value + ", must be " + range);
        }
    }

    /** Builds rollouts. Not safe for use by many threads. */
    public static final class Builder {

        private final Allocator control;
        private final Allocator treatment;
        private RolloutKey key = RolloutKey.ALLOCATION;
        private List<Phase> phases = List.of(new Phase(0.01, Duration.ZERO));
        private int every = 64;
        private @Nullable Duration interval = Duration.ofSeconds(1);
        private InstantSource clock = InstantSource.system();
        private Consumer<? super RolloutReport> onStop = _ -> {};
        private double refusals = 0.001;
        private double percentile = 99;
        private double latency = 2;
        private double memory = 1.5;
        private long leastSamples = 1000;

        private Builder(Allocator control, Allocator treatment) {
            this.control = Objects.requireNonNull(control, "control");
            this.treatment = Objects.requireNonNull(treatment, "treatment");
        }

        /**
         * Sets what decides the side of a request.
         *
         * @param key {@link RolloutKey#ALLOCATION} by default
         */
        public Builder by(RolloutKey key) {
            this.key = Objects.requireNonNull(key, "key");
            return this;
        }

        /**
         * Sets a share that stays until it is changed.
         *
         * @param share 0 to 1, 0.01 by default
         * @throws IllegalArgumentException if it is out of range
         */
        public Builder share(double share) {
            return phases(new Phase(share, Duration.ZERO));
        }

        /**
         * Sets shares that follow each other.
         *
         * @param phases one or more
         * @throws IllegalArgumentException if there is none
         */
        public Builder phases(Phase... phases) {
            require(phases.length > 0, "number of phases", phases.length, "1 or more");
            this.phases = List.of(phases);
            return this;
        }

        /**
         * Sets the shares 1 %, 10 %, 50 % and 100 %.
         *
         * @param atLeast the shortest time of each
         */
        public Builder phases(Duration atLeast) {
            return phases(
                    new Phase(0.01, atLeast), new Phase(0.1, atLeast), new Phase(0.5, atLeast), new Phase(1, atLeast));
        }

        /**
         * Sets how many requests the treatment may refuse.
         *
         * @param share of its requests beyond control's share; 0.001 by default
         * @throws IllegalArgumentException if it is negative
         */
        public Builder refusalsAtMost(double share) {
            require(share >= 0, "share", share, "0 or more");
            this.refusals = share;
            return this;
        }

        /**
         * Sets how long an allocation of the treatment may take.
         *
         * @param percentile of the latency that is compared, 0 to 100; 99 by default
         * @param ratio of the treatment's to control's; 2 by default
         * @throws IllegalArgumentException if the percentile is out of range or the ratio below 1
         */
        public Builder latencyAtMost(double percentile, double ratio) {
            require(percentile >= 0 && percentile <= 100, "percentile", percentile, "0 to 100");
            require(ratio >= 1, "ratio", ratio, "1 or more");
            this.latency = ratio;
            this.percentile = percentile;
            return this;
        }

        /**
         * Sets how much memory the treatment may take. It may always take 16 MiB more than that.
         *
         * @param ratio of the committed bytes for each requested byte, the treatment's to control's; 1.5 by default
         * @throws IllegalArgumentException if it is below 1
         */
        public Builder memoryAtMost(double ratio) {
            require(ratio >= 1, "ratio", ratio, "1 or more");
            this.memory = ratio;
            return this;
        }

        /**
         * Sets how many samples or requests the guard judges by. A phase has as many at least.
         *
         * @param samples 1 or more; 1000 by default
         * @throws IllegalArgumentException if it is less than 1
         */
        public Builder leastSamples(long samples) {
            require(samples >= 1, "samples", samples, "1 or more");
            this.leastSamples = samples;
            return this;
        }

        /**
         * Sets how many calls are timed.
         *
         * @param calls one of so many, a power of two; 64 by default
         * @throws IllegalArgumentException if it is no power of two
         */
        public Builder sampleEvery(int calls) {
            require(calls > 0 && Integer.bitCount(calls) == 1, "calls", calls, "a power of two (1, 2, 4, ...)");
            this.every = calls;
            return this;
        }

        /**
         * Sets the time between checks.
         *
         * @param interval positive; a second by default
         * @throws IllegalArgumentException if it is not positive
         */
        public Builder interval(Duration interval) {
            require(interval.isPositive(), "interval", interval, "positive");
            this.interval = interval;
            return this;
        }

        /** Leaves the checks to the program, which calls {@link Rollout#check}. */
        public Builder checkedByHand() {
            this.interval = null;
            return this;
        }

        /**
         * Sets the clock of the phases, for tests.
         *
         * @param clock the system's by default
         */
        public Builder clock(InstantSource clock) {
            this.clock = Objects.requireNonNull(clock, "clock");
            return this;
        }

        /**
         * Sets what is called when the guard stops the rollout, on the thread of the check.
         *
         * @param listener receives the report of that moment
         */
        public Builder onStop(Consumer<? super RolloutReport> listener) {
            this.onStop = Objects.requireNonNull(listener, "listener");
            return this;
        }

        /**
         * Starts a rollout.
         *
         * @throws IllegalArgumentException if the treatment lacks the capability {@link Owner}
         */
        public Rollout start() {
            Rollout rollout = new Rollout(this);
            if (interval != null) {
                rollout.checks = repeat(new WeakReference<>(rollout), interval);
            }
            return rollout;
        }
    }
}
