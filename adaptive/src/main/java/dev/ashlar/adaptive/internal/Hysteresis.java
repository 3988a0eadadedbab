package dev.ashlar.adaptive.internal;

/**
 * When an alert is raised and when it is over: raised beyond a threshold, over only when the figure has come back by a
 * margin, so that a figure that trembles around the threshold raises one alert and not many.
 *
 * @param threshold where it is raised
 * @param margin how far behind the threshold it is over, 0 or more
 * @param isAbove whether figures above the threshold are bad, or else those below it
 */
record Hysteresis(double threshold, double margin, boolean isAbove) {

    /** Keeps the margin within reach: a fraction that is to fall below nothing, or rise above all, never would. */
    static Hysteresis ofFraction(double threshold, double margin, boolean isAbove) {
        double reach = isAbove ? threshold : 1 - threshold;
        return new Hysteresis(threshold, Math.min(margin, reach / 2), isAbove);
    }

    /**
     * Whether the alert is on.
     *
     * @param wasRaised whether it was on before
     * @param figure the figure now; one that is no number changes nothing
     */
    boolean isRaised(boolean wasRaised, double figure) {
        if (Double.isNaN(figure)) {
            return wasRaised;
        }
        double beyond = isAbove ? figure - threshold : threshold - figure;
        return wasRaised ? beyond > -margin : beyond > 0;
    }
}
