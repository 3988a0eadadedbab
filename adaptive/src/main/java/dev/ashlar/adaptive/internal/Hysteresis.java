package dev.ashlar.adaptive.internal;

/**
 * When an alert is raised and when it is over: raised beyond a threshold, over only when the figure has come back by a
 * margin, so that a figure that trembles around the threshold raises one alert and not many.
 *
 * @param threshold where it is raised
 * @param margin how far behind the threshold it is over, 0 or more
 * @param side on which side of the threshold the alert is
 */
record Hysteresis(double threshold, double margin, Side side) {

    /** Keeps the margin within reach: a fraction that is to fall below nothing, or rise above all, never would. */
    static Hysteresis ofFraction(double threshold, double margin, Side side) {
        double reach = side == Side.ABOVE ? threshold : 1 - threshold;
        return new Hysteresis(threshold, Math.min(margin, reach / 2), side);
    }

    /** Which figures are bad. */
    enum Side {
        /** Those above the threshold. */
        ABOVE,
        /** Those below it. */
        BELOW
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
        double beyond = side == Side.ABOVE ? figure - threshold : threshold - figure;
        return wasRaised ? beyond > -margin : beyond > 0;
    }
}
