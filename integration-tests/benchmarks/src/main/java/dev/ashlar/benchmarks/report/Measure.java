package dev.ashlar.benchmarks.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A promise about speed or memory: a figure of some subjects, compared with that of a peer in the same file, and its
 * bound.
 *
 * @param key its anchor on the page that explains what is missed
 * @param title what is measured
 * @param file the file of the results
 * @param where the subjects: each key of a setting with the allowed values. Each combination must have been measured
 * @param labels the keys that are shown beside the title
 * @param peers the peers: what differs in their setting. The best of those that were measured counts. Without peers the
 *     figure itself is compared with the bound
 * @param peerName how the peers are shown
 * @param harness the subject whose time is that of the workload itself, which is subtracted from both; empty if none is
 * @param growth the key from whose smallest value to its largest both grow. Then the growths are compared, not the
 *     figures; empty for the figures
 * @param bound what must hold
 */
record Measure(
        String key,
        String title,
        String file,
        Map<String, Set<String>> where,
        List<String> labels,
        List<Map<String, String>> peers,
        String peerName,
        String harness,
        String growth,
        Bound bound) {

    /** What must hold of a ratio. */
    sealed interface Bound {

        /** The limit. */
        double limit();

        /** Whether a ratio is within it. */
        boolean holds(double ratio);

        /** The ratio of the subject's figure to that of a peer. */
        double ratio(double subject, double peer);

        /** The better one first. */
        Comparator<Row> best();
    }

    /** A cost, such as time or memory, as a part of the peer's. */
    record AtMost(double limit) implements Bound {

        @Override
        public boolean holds(double ratio) {
            return ratio <= limit;
        }

        @Override
        public double ratio(double subject, double peer) {
            return subject / peer;
        }

        @Override
        public Comparator<Row> best() {
            return Comparator.comparingDouble(row -> row.sample().median());
        }
    }

    /**
     * A speed, as a part of the peer's.
     *
     * @param ofTimes whether the figures are times, so that the ratio of the speeds is the inverse
     */
    record AtLeast(double limit, boolean ofTimes) implements Bound {

        @Override
        public boolean holds(double ratio) {
            return ratio >= limit;
        }

        @Override
        public double ratio(double subject, double peer) {
            return ofTimes ? peer / subject : subject / peer;
        }

        @Override
        public Comparator<Row> best() {
            Comparator<Row> ascending =
                    Comparator.comparingDouble(row -> row.sample().median());
            return ofTimes ? ascending : ascending.reversed();
        }
    }

    /** Compares it with the results. There is at least one outcome. */
    List<Outcome> outcomes(Results results) {
        List<Outcome> outcomes = new ArrayList<>();
        for (Map<String, Set<String>> one : combinations()) {
            List<Row> rows = results.rows(file, one).stream()
                    .filter(row -> growth.isEmpty() || isLargest(results, row))
                    .toList();
            rows.forEach(row -> outcomes.add(outcome(results, row)));
            if (rows.isEmpty()) {
                List<String> labels = new ArrayList<>(List.of(title));
                this.labels.stream()
                        .filter(one::containsKey)
                        .forEach(key -> labels.add(Labels.of(key, only(one, key))));
                outcomes.add(new Outcome.NotMeasured(this, String.join(", ", labels), only(one, Row.SUBJECT)));
            }
        }
        return outcomes;
    }

    private Outcome outcome(Results results, Row row) {
        List<String> words = new ArrayList<>(List.of(title));
        words.addAll(row.labels(labels));
        String label = String.join(", ", words);
        if (peers.isEmpty()) {
            return new Outcome.Measured(
                    this, label, row, Optional.empty(), row.sample().median());
        }
        Optional<Row> peer = peers.stream()
                .flatMap(other -> results.row(file, row.settingWith(other)).stream())
                .min(bound.best());
        return peer.<Outcome>map(found -> new Outcome.Measured(this, label, row, peer, ratio(results, row, found)))
                .orElseGet(() -> new Outcome.NotMeasured(this, label, row.get(Row.SUBJECT)));
    }

    /** The ratio of two rows; NaN if what they grew from was not measured. */
    private double ratio(Results results, Row row, Row peer) {
        return bound.ratio(value(results, row), value(results, peer));
    }

    private double value(Results results, Row row) {
        double value = withoutHarness(results, row);
        if (growth.isEmpty()) {
            return value;
        }
        Row smallest = Collections.min(grown(results, row), byNumber());
        return smallest.equals(row) ? Double.NaN : value / withoutHarness(results, smallest);
    }

    private double withoutHarness(Results results, Row row) {
        double ofHarness = results.row(file, row.settingWith(Map.of(Row.SUBJECT, harness)))
                .map(found -> found.sample().median())
                .orElse(0.0);
        return row.sample().median() - ofHarness;
    }

    private boolean isLargest(Results results, Row row) {
        return Collections.max(grown(results, row), byNumber()).equals(row);
    }

    private Comparator<Row> byNumber() {
        return Comparator.comparingLong(row -> Long.parseLong(row.get(growth)));
    }

    /** The rows that differ from one in nothing but the key from which figures grow, and that one. */
    private List<Row> grown(Results results, Row row) {
        return results.rows(file, Map.of()).stream()
                .filter(other -> other.settingWith(Map.of(growth, "")).equals(row.settingWith(Map.of(growth, ""))))
                .toList();
    }

    /** Every combination of the values, each as sets of one value. */
    private List<Map<String, Set<String>>> combinations() {
        List<Map<String, Set<String>>> combinations = List.of(Map.of());
        for (Map.Entry<String, Set<String>> key : where.entrySet()) {
            List<Map<String, Set<String>>> longer = new ArrayList<>();
            for (Map<String, Set<String>> one : combinations) {
                for (String value : key.getValue()) {
                    Map<String, Set<String>> with = new LinkedHashMap<>(one);
                    with.put(key.getKey(), Set.of(value));
                    longer.add(with);
                }
            }
            combinations = longer;
        }
        return combinations;
    }

    private static String only(Map<String, Set<String>> one, String key) {
        return String.join(", ", one.getOrDefault(key, Set.of()));
    }

    /** A measure that has no bound yet. */
    static Builder of(String key, String title, String file, String figure) {
        return new Builder(key, title, file).where(Row.FIGURE, figure);
    }

    /** Makes measures that share their first parts. Each step is a new builder. */
    record Builder(
            String key,
            String title,
            String file,
            Map<String, Set<String>> where,
            List<String> labels,
            List<Map<String, String>> peers,
            String peerName,
            String harness,
            String growth) {

        private Builder(String key, String title, String file) {
            this(key, title, file, Map.of(), List.of(), List.of(), "", "", "");
        }

        /** Restricts the subjects to some values of a key. */
        Builder where(String restricted, String... values) {
            Map<String, Set<String>> wherever = new LinkedHashMap<>(where);
            wherever.put(restricted, new LinkedHashSet<>(Arrays.asList(values)));
            return new Builder(key, title, file, wherever, labels, peers, peerName, harness, growth);
        }

        /** The names of the subjects. */
        Builder subjects(String... names) {
            return where(Row.SUBJECT, names);
        }

        /** Shows the values of some keys beside the title. */
        Builder labelled(String... keys) {
            return new Builder(key, title, file, where, List.of(keys), peers, peerName, harness, growth);
        }

        /** Compares with the best of some subjects. */
        Builder against(String... names) {
            List<Map<String, String>> others =
                    Arrays.stream(names).map(name -> Map.of(Row.SUBJECT, name)).toList();
            return new Builder(key, title, file, where, labels, others, String.join(", ", names), harness, growth);
        }

        /** Compares with the same subject, with another value of a key. */
        Builder againstItself(String name, String other, String value) {
            return new Builder(key, title, file, where, labels, List.of(Map.of(other, value)), name, harness, growth);
        }

        /** Compares the figure itself, which is a ratio to something. */
        Builder relativeTo(String name) {
            return new Builder(key, title, file, where, labels, List.of(), name, harness, growth);
        }

        /** Subtracts the time of the workload, which is that of a subject. */
        Builder withoutHarness(String subject) {
            return new Builder(key, title, file, where, labels, peers, peerName, subject, growth);
        }

        /** Compares how figures grow from the smallest value of a key to the largest. */
        Builder growingWith(String cause) {
            return new Builder(key, title, file, where, labels, peers, peerName, harness, cause);
        }

        Measure atMost(double limit) {
            return bounded(new AtMost(limit));
        }

        Measure speedAtLeast(double limit) {
            return bounded(new AtLeast(limit, true));
        }

        Measure throughputAtLeast(double limit) {
            return bounded(new AtLeast(limit, false));
        }

        private Measure bounded(Bound bound) {
            return new Measure(key, title, file, where, labels, peers, peerName, harness, growth, bound);
        }
    }
}
