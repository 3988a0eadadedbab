package dev.ashlar.adaptive.internal;

/**
 * When an alert is raised and when it ends. It is raised beyond a threshold, and ends when the figure has come back by
 * a margin. So a figure that varies around the threshold raises one alert and not many.
 *
 * @param threshold where it is raised
 * @param margin how far behind the threshold it ends, 0 or more
 * @param isAbove whether figures above the threshold are bad; otherwise those below it are
 */
record Hysteresis(double threshold, double margin, boolean isAbove) {

    /** Reduces the margin if necessary: a fraction can neither fall below 0 nor rise above 1. */
    static Hysteresis ofFraction(double threshold, double margin, boolean isAbove) {
        double reach = isAbove ? threshold : 1 - threshold;
        return new Hysteresis(threshold, Math.min(margin, reach / 2), isAbove);
    }

    /**
     * Whether the alert is raised.
     *
     * @param wasRaised whether it was on before
     * @param figure the figure now; NaN changes nothing
     */
    boolean isRaised(boolean wasRaised, double figure) {
        if (Double.isNaN(figure)) {
            return wasRaised;
        }
        double beyond = isAbove ? figure - threshold : threshold - figure;
        return wasRaised ? beyond > -margin : beyond > 0;
    }
}
