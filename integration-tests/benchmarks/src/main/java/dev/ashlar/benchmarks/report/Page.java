package dev.ashlar.benchmarks.report;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The page of results in Markdown.
 *
 * @param results what was measured
 * @param machine where
 * @param charts the titles of the charts by the names of their files
 * @param directory where the charts are, as seen from the page
 */
record Page(Results results, Machine machine, Map<String, String> charts, Path directory) {

    private static final String EXPLANATIONS = "PERFORMANCE.md";

    /** The page. */
    String render() {
        List<Outcome> outcomes = Measures.ALL.stream()
                .flatMap(measure -> measure.outcomes(results).stream())
                .toList();
        StringBuilder page = new StringBuilder();
        page.append("# Results\n\n");
        page.append("<!-- Rendered by `run render` from results/*.json: change the renderer, not this page. -->\n\n");
        page.append("Figures of ").append(machine).append(". [run](README.md) repeats them.");
        if (machine.length().equals("short")) {
            page.append(" A short run has few and short iterations, so its spreads are wide.");
        }
        page.append(" [Other figures](docs/other-figures.md) has what was measured by hand: capacity, bookkeeping,"
                + " chunks and searches.\n\n");
        charts.forEach((file, title) -> page.append("![%s](%s)\n\n".formatted(title, directory.resolve(file))));
        page.append("## What is promised\n\n");
        page.append(summary(outcomes));
        page.append("\n\nThe ratio is that of the subject's median to the peer's, in the same run. \"At most\" limits a"
                + " cost, \"at least\" a speed. The time of a workload itself (`void`) is subtracted in the ratios of"
                + " workloads and of growth. A growth is the time with the most live blocks divided by that with the"
                + " fewest, and the ratio is that of two growths.\n\n");
        page.append("| measure | subject | peer | median | spread | ratio | bound | holds |\n");
        page.append("|---|---|---|---|---|---|---|---|\n");
        outcomes.forEach(outcome -> page.append(line(outcome)));
        page.append("\n## Figures\n\n");
        page.append("Medians of all iterations of all forks, with the lowest and the highest."
                + " [What is measured](docs/what-is-measured.md) describes each benchmark and each row.\n");
        Table.ALL.forEach(table -> page.append(table.render(results)));
        return page.toString();
    }

    private static String summary(List<Outcome> outcomes) {
        long held = outcomes.stream()
                .filter(outcome -> outcome instanceof Outcome.Measured measured && measured.holds())
                .count();
        long missing =
                outcomes.stream().filter(Outcome.NotMeasured.class::isInstance).count();
        return "%d of %d hold, %d do not, %d were not measured."
                .formatted(held, outcomes.size(), outcomes.size() - held - missing, missing);
    }

    private static String line(Outcome outcome) {
        Measure measure = outcome.measure();
        String bound = (measure.bound() instanceof Measure.AtMost ? "at most " : "at least ")
                + String.format(Locale.ROOT, "%.2f", measure.bound().limit());
        return switch (outcome) {
            case Outcome.Measured measured ->
                Table.line(
                        List.of(measured.label(), measured.subject(), peer(measured)),
                        List.of(
                                Labels.number(measured.row().sample().median()),
                                Labels.spread(measured.row().sample()),
                                String.format(Locale.ROOT, "%.3f", measured.ratio()),
                                bound,
                                measured.holds()
                                        ? "yes"
                                        : "**no**: [why](" + EXPLANATIONS + "#" + measure.key() + ")"));
            case Outcome.NotMeasured missing ->
                Table.line(
                        List.of(missing.label(), missing.subject(), measure.peerName()),
                        List.of("", "", "", bound, "not measured"));
        };
    }

    /** The peer with its median. */
    private static String peer(Outcome.Measured measured) {
        return measured.peer()
                .map(row -> (row.get(Row.SUBJECT).equals(measured.subject())
                                ? measured.measure().peerName()
                                : row.get(Row.SUBJECT))
                        + " " + Labels.number(row.sample().median()))
                .orElse(measured.measure().peerName());
    }
}
