package dev.ashlar.insight.rollout;

import dev.ashlar.insight.text.PlainText;

/**
 * What the samples of a phase say about the latency of allocations. Immutable.
 *
 * <p><b>Method.</b> The unit is the group of keys: each of 1000 groups is on one side, by a hash, so which side a group
 * has is chance. A group's figure is the mean logarithm of its latencies, and the groups of both sides are compared by
 * the rank test of Mann and Whitney (<i>On a Test of Whether one of Two Random Variables is Stochastically Larger than
 * the Other</i>, Annals of Mathematical Statistics 18, 1947). So samples of one key need not be independent, and a few
 * keys prove nothing, however many samples they have.
 *
 * <p><b>Looking repeatedly.</b> The test runs when the treatment has 100 samples, and whenever they have doubled since.
 * Look number {@code k} of a rollout is at the level {@code alpha / (k (k + 1))}. All levels together are alpha, so a
 * rollout of equal allocators ends with a wrong verdict with a probability of at most alpha, however long it runs. The
 * first verdict of a phase stays.
 *
 * @param share of the groups that were on the treatment
 * @param verdict what is shown
 * @param ratio latency of the treatment / that of control, by geometric means; {@link Double#NaN} before the first look
 * @param pValue of the last look, two-sided; 1 before the first one
 * @param level at which the last look was made; 0 before the first one
 * @param look the number of the last look; 0 before the first one
 * @param controlSamples of the phase at the last look
 * @param treatmentSamples of the phase at the last look
 * @param controlGroups with samples
 * @param treatmentGroups with samples
 */
public record Comparison(
        double share,
        Verdict verdict,
        double ratio,
        double pValue,
        double level,
        int look,
        long controlSamples,
        long treatmentSamples,
        int controlGroups,
        int treatmentGroups) {

    /** The probability that a rollout of two equal allocators ends with a verdict, which is then wrong: 0.01. */
    public static final double ALPHA = 0.01;

    /** What a comparison shows. */
    public enum Verdict {
        /** The treatment is faster. */
        BETTER("better"),
        /** The treatment is slower. */
        WORSE("worse"),
        /** Neither is shown. They may be equal, or there are too few samples or keys. */
        NO_DIFFERENCE_SHOWN("no difference shown yet");

        private final String words;

        Verdict(String words) {
            this.words = words;
        }

        @Override
        public String toString() {
            return words;
        }
    }

    static Comparison none(double share) {
        return new Comparison(share, Verdict.NO_DIFFERENCE_SHOWN, Double.NaN, 1, 0, 0, 0, 0, 0, 0);
    }

    /** The verdict, and what it rests on, in one line. */
    public String text() {
        String found = PlainText.format("at %.1f %%: %s", 100 * share, verdict);
        if (look == 0) {
            return found + ", there are too few samples";
        }
        return found
                + PlainText.format(
                        ". The treatment takes %.2f times as long, after %d and %d samples in %d and %d groups"
                                + " (look %d, p = %.2g, level %.2g)",
                        ratio, controlSamples, treatmentSamples, controlGroups, treatmentGroups, look, pValue, level);
    }
}
