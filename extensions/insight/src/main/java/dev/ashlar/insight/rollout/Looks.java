package dev.ashlar.insight.rollout;

import dev.ashlar.insight.rollout.Comparison.Verdict;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.statistics.inference.MannWhitneyUTest;
import org.apache.commons.statistics.inference.SignificanceResult;

/** The looks of a rollout at its samples. What they do is described in {@link Comparison}. For one thread at a time. */
final class Looks {

    private static final long FIRST_LOOK = 100;

    private final double alpha;
    private int looks;
    private long nextLook = FIRST_LOOK;
    private final List<Comparison> comparisons = new ArrayList<>();

    Looks(double alpha) {
        this.alpha = alpha;
    }

    /** Begins a phase, before any look. The looks of earlier phases still count. */
    void restart(double share) {
        nextLook = FIRST_LOOK;
        comparisons.add(Comparison.none(share));
    }

    /** The results of the phases, the current one last. */
    List<Comparison> comparisons() {
        return comparisons;
    }

    /** Looks if it is time, and there is no verdict yet. When that is depends on the number of samples only. */
    void look(SideSamples control, SideSamples treatment, int treatedGroups) {
        long samples = treatment.allocations().getTotalCount();
        Comparison last = comparisons.getLast();
        if (last.verdict() != Verdict.NO_DIFFERENCE_SHOWN || samples < nextLook) {
            return;
        }
        double[] ofControl = control.meanLogs(treatedGroups, KeyGroups.COUNT);
        double[] ofTreatment = treatment.meanLogs(0, treatedGroups);
        if (ofControl.length == 0 || ofTreatment.length == 0) {
            return; // everything is on one side
        }
        while (nextLook <= samples) {
            nextLook *= 2;
        }
        looks++;
        double level = alpha / ((double) looks * (looks + 1));
        MannWhitneyUTest.Result result = MannWhitneyUTest.withDefaults().test(ofTreatment, ofControl);
        Comparison found = new Comparison(
                last.share(),
                verdict(result, level, (double) ofTreatment.length * ofControl.length),
                Math.exp(mean(ofTreatment) - mean(ofControl)),
                result.getPValue(),
                level,
                looks,
                control.allocations().getTotalCount(),
                samples,
                ofControl.length,
                ofTreatment.length);
        comparisons.set(comparisons.size() - 1, found);
    }

    /** The statistic counts the pairs of which the treatment's is longer. */
    private static Verdict verdict(SignificanceResult result, double level, double pairs) {
        if (!result.reject(level)) {
            return Verdict.NO_DIFFERENCE_SHOWN;
        }
        return result.getStatistic() > pairs / 2 ? Verdict.WORSE : Verdict.BETTER;
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }
}
