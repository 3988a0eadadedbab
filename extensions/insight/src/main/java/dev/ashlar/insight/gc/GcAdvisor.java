package dev.ashlar.insight.gc;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.ashlar.insight.gc.AllocationSamples.Sums;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Watches the garbage collector of this JVM and advises on it.
 *
 * {@snippet class="dev.ashlar.verification.shown.InsightAdviceCodeTest" region="gc"}
 *
 * <p><b>Sources.</b> Collections come from the notifications of the platform beans, with every collector of HotSpot.
 * Places that allocate, large objects, and threads that wait for ZGC come from the flight recorder. Without the module
 * {@code jdk.jfr}, with {@code -XX:-FlightRecorder}, or where {@code java.io.tmpdir} cannot be written, those figures
 * are missing, and the rest of the advice stays.
 *
 * <p><b>Cost.</b> A notification for each collection, for which the JVM takes about 100 microseconds, and up to 50
 * samples a second of the flight recorder. Advice is computed when it is asked for, in some milliseconds.
 *
 * <p>Nothing is changed unless {@link #apply} is called. Safe for use by many threads.
 */
public final class GcAdvisor implements AutoCloseable {

    private final Duration pauseGoal;
    private final CollectionWatch collections = CollectionWatch.start();
    private final @Nullable AllocationSamples samples;
    private final Flags flags = new Flags(ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class));
    private double score = 1;

    private GcAdvisor(Duration pauseGoal, @Nullable AllocationSamples samples) {
        this.pauseGoal = pauseGoal;
        this.samples = samples;
    }

    /** Starts to watch, with {@link GcAdvice#PAUSE_GOAL}. */
    public static GcAdvisor start() {
        return start(GcAdvice.PAUSE_GOAL);
    }

    /**
     * Starts to watch.
     *
     * @param pauseGoal pauses from this on are long
     * @throws IllegalArgumentException if it is not positive
     */
    public static GcAdvisor start(Duration pauseGoal) {
        if (!pauseGoal.isPositive()) {
            throw new IllegalArgumentException("pauseGoal is " + pauseGoal + ", must be positive");
        }
        boolean hasRecorder = ModuleLayer.boot().findModule("jdk.jfr").isPresent();
        return new GcAdvisor(pauseGoal, hasRecorder ? AllocationSamples.start() : null);
    }

    /**
     * Advice from what happened since the last call, or since the start. A flag that was {@linkplain #apply applied} in
     * the last window is taken back if this one is worse: if its score is lower by more than 0.05.
     */
    public synchronized GcAdvice advise() {
        GcAdvice advice = GcAdvice.of(collections.take(samples == null ? Sums.NONE : samples.take()), pauseGoal);
        score = advice.score();
        flags.judge(score);
        return advice;
    }

    /**
     * Sets those flags of a recommendation that can be set in a running JVM. Others need a restart and are passed over.
     * They are on trial until the next {@link #advise}.
     *
     * @param recommendation of {@link #advise}
     * @return what was changed; empty if none of its flags can be, or all have these values already
     */
    public synchronized List<FlagChange> apply(Recommendation recommendation) {
        return flags.apply(
                Objects.requireNonNull(recommendation, "recommendation").flags(), score);
    }

    /** What was changed so far, and what became of it. */
    public synchronized List<FlagChange> changes() {
        return flags.changes();
    }

    /** Stops watching. Changed flags stay as they are. Closing again does nothing. */
    @Override
    public void close() {
        collections.close();
        if (samples != null) {
            samples.close();
        }
    }
}
