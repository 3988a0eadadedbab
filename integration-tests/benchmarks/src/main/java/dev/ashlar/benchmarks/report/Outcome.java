package dev.ashlar.benchmarks.report;

import java.util.Optional;

/** How a measure came out for one subject. */
sealed interface Outcome {

    /** The measure. */
    Measure measure();

    /** Its title, with the parameters of this subject. */
    String label();

    /** The name of the subject. */
    String subject();

    /**
     * Both were measured.
     *
     * @param row of the subject
     * @param peer the row that it is compared with; empty if the figure is a ratio in itself
     * @param ratio of the medians
     */
    record Measured(Measure measure, String label, Row row, Optional<Row> peer, double ratio) implements Outcome {

        @Override
        public String subject() {
            return row.get(Row.SUBJECT);
        }

        /** Whether the ratio is within the bound. */
        boolean holds() {
            return measure.bound().holds(ratio);
        }
    }

    /** The subject or the peer is missing in the results. */
    record NotMeasured(Measure measure, String label, String subject) implements Outcome {}
}
