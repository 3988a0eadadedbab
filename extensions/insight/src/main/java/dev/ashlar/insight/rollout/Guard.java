package dev.ashlar.insight.rollout;

import dev.ashlar.api.AllocatorStats;
import dev.ashlar.insight.text.PlainText;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Whether the treatment is worse than its margins allow. Latencies and refusals are judged in windows: a window ends
 * when both sides have enough samples or requests. So a long good time does not hide a bad end. For one thread at a
 * time.
 */
final class Guard {

    /**
     * The margins.
     *
     * @param refusals share of the requests that may be refused beyond control's share
     * @param percentile of the latency that is compared, 0 to 100
     * @param latency latency of the treatment / that of control, at most
     * @param memory committed bytes for each requested byte, treatment / control, at most
     * @param leastSamples samples or requests of a window
     */
    record Margins(double refusals, double percentile, double latency, double memory, long leastSamples) {}

    /** A few chunks of the largest usual size, which a strategy holds for the first blocks and for retention. */
    private static final long FREE_OF_MARGIN_BYTES = 16 << 20;

    private final Margins margins;
    private final Histogram control = SideSamples.histogram();
    private final Histogram treatment = SideSamples.histogram();
    private AllocatorStats controlBefore = AllocatorStats.ZERO;
    private AllocatorStats treatmentBefore = AllocatorStats.ZERO;
    private long errorsBefore;

    Guard(Margins margins) {
        this.margins = margins;
    }

    /** Begins a phase: what was before does not count. */
    void restart(AllocatorStats controlNow, AllocatorStats treatmentNow, long errors) {
        control.reset();
        treatment.reset();
        controlBefore = controlNow;
        treatmentBefore = treatmentNow;
        errorsBefore = errors;
    }

    /** Takes over what was sampled since the last call. */
    void collect(SideSamples ofControl, SideSamples ofTreatment) {
        ofControl.collectInto(control);
        ofTreatment.collectInto(treatment);
    }

    /** Says what is worse than allowed, or null. */
    @Nullable String judge(AllocatorStats controlNow, AllocatorStats treatmentNow, long errors) {
        if (errors > errorsBefore) {
            return errors - errorsBefore + " allocations of the treatment failed";
        }
        String memory = memory(controlNow, treatmentNow);
        String refusals = memory == null ? refusals(controlNow, treatmentNow) : memory;
        return refusals == null ? latency() : refusals;
    }

    private @Nullable String memory(AllocatorStats controlNow, AllocatorStats treatmentNow) {
        double perByte = margins.memory * controlNow.committedOverRequested();
        double allowed = perByte * treatmentNow.requestedBytes() + FREE_OF_MARGIN_BYTES;
        if (controlNow.requestedBytes() == 0 || treatmentNow.committedBytes() <= allowed) {
            return null;
        }
        return PlainText.format(
                "the treatment has %d bytes committed for %d requested; control has %.2f for each,"
                        + " allowed is %.2f times as much, and %d bytes",
                treatmentNow.committedBytes(),
                treatmentNow.requestedBytes(),
                controlNow.committedOverRequested(),
                margins.memory,
                FREE_OF_MARGIN_BYTES);
    }

    private @Nullable String refusals(AllocatorStats controlNow, AllocatorStats treatmentNow) {
        if (requests(treatmentBefore, treatmentNow) < margins.leastSamples) {
            return null;
        }
        double ofControl = refused(controlBefore, controlNow);
        double ofTreatment = refused(treatmentBefore, treatmentNow);
        controlBefore = controlNow;
        treatmentBefore = treatmentNow;
        return ofTreatment <= ofControl + margins.refusals
                ? null
                : PlainText.format(
                        "the treatment refuses %.2f %% of the requests, control %.2f %%; allowed are %.2f %% more",
                        100 * ofTreatment, 100 * ofControl, 100 * margins.refusals);
    }

    private static long requests(AllocatorStats before, AllocatorStats now) {
        return now.allocations() - before.allocations() + now.refused() - before.refused();
    }

    private static double refused(AllocatorStats before, AllocatorStats now) {
        return (double) (now.refused() - before.refused()) / Math.max(1, requests(before, now));
    }

    private @Nullable String latency() {
        if (Math.min(control.getTotalCount(), treatment.getTotalCount()) < margins.leastSamples) {
            return null;
        }
        long ofControl = control.getValueAtPercentile(margins.percentile);
        long ofTreatment = treatment.getValueAtPercentile(margins.percentile);
        control.reset();
        treatment.reset();
        return ofTreatment <= margins.latency * ofControl
                ? null
                : PlainText.format(
                        "the %.2f th percentile of an allocation is %d ns with the treatment, %d ns with control;"
                                + " allowed is %.2f times as long",
                        margins.percentile, ofTreatment, ofControl, margins.latency);
    }
}
