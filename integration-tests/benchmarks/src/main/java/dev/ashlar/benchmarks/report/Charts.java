package dev.ashlar.benchmarks.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.DoubleBinaryOperator;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Draws the charts, a line for each allocator. They have a white background, so that they can be read on any page. An
 * allocator has the same colour everywhere.
 */
final class Charts {

    private static final Color GRID = new Color(0xDD, 0xDD, 0xDD);

    private static final Map<String, Color> COLOURS = Map.ofEntries(
            Map.entry("live", new Color(0x33, 0x33, 0x33)),
            Map.entry("void", new Color(0xAA, 0xAA, 0xAA)),
            Map.entry("slab", new Color(0x1F, 0x77, 0xB4)),
            Map.entry("adaptive", new Color(0xD6, 0x27, 0x28)),
            Map.entry("lockfree", new Color(0x17, 0xBE, 0xCF)),
            Map.entry("buddy", new Color(0x8C, 0x56, 0x4B)),
            Map.entry("tlsf", new Color(0x94, 0x67, 0xBD)),
            Map.entry("malloc", new Color(0x33, 0x33, 0x33)),
            Map.entry("jemalloc", new Color(0x77, 0x77, 0x77)),
            Map.entry("mimalloc", new Color(0xBC, 0xBD, 0x22)),
            Map.entry("first fit", new Color(0x77, 0x77, 0x77)),
            Map.entry("binary buddy", new Color(0xBC, 0xBD, 0x22)),
            Map.entry("netty", new Color(0x2C, 0xA0, 0x2C)));

    /** As many as a chart can show. */
    private static final int MOST_POINTS = 128;

    private static final double MEBIBYTES = 1.0 / (1 << 20);

    /** Coordinates of glyphs have more digits than a screen can show. */
    private static final Pattern LONG_FRACTION = Pattern.compile("-?\\d+\\.\\d{3,}");

    private final Results results;
    private final Path directory;
    private final Map<String, String> drawn = new LinkedHashMap<>();

    private Charts(Results results, Path directory) {
        this.results = results;
        this.directory = directory;
    }

    /** An axis: its title, the place of a value on it, and the value at a place. */
    private record Axis(String title, ToDoubleFunction<String> place, Function<Double, String> label) {

        /** An axis on which every doubling has the same length. */
        static Axis doublings(String title, Function<Long, String> label) {
            return new Axis(
                    title,
                    value -> Math.log(Double.parseDouble(value)) / Math.log(2),
                    place -> place == Math.rint(place) ? label.apply(1L << Math.round(place)) : "");
        }

        /** An axis on which every power of ten has the same length. */
        static Axis decades(String title) {
            return new Axis(
                    title,
                    value -> Math.log10(Double.parseDouble(value)),
                    place -> String.format(Locale.ROOT, "%,.0f", Math.pow(10, place)));
        }
    }

    /**
     * Draws what was measured.
     *
     * @return the titles of the charts by the names of their files
     * @throws IOException if a file cannot be written
     */
    static Map<String, String> draw(Results results, Path directory) throws IOException {
        Charts charts = new Charts(results, directory);
        charts.drawAll();
        return charts.drawn;
    }

    private void drawAll() throws IOException {
        Axis sizes = Axis.doublings("size of the block", Labels::bytes);
        draw(
                "time-by-size",
                "Allocate and free one block, by its size",
                sizes,
                "nanoseconds",
                true,
                lines(results.rows("pair", Map.of(Row.FIGURE, Set.of("ns/op"))), "size", sizes, 1));
        Axis threads = Axis.doublings("threads", String::valueOf);
        draw(
                "throughput-by-threads",
                "Throughput of the workload larson, by threads",
                threads,
                "million operations a second",
                false,
                lines(
                        results.rows("workloads", Map.of(Row.FIGURE, Set.of("ops/s"), Row.BENCHMARK, Set.of("larson"))),
                        Row.THREADS,
                        threads,
                        1e-6));
        Axis blocks = Axis.decades("live blocks");
        for (String size : List.of("64", "1024")) {
            draw(
                    "flatness-" + size,
                    "Replace a random block of " + Labels.bytes(Long.parseLong(size))
                            + ", by the number of live blocks",
                    blocks,
                    "nanoseconds",
                    false,
                    lines(results.rows("flatness-" + size, Map.of()), "live", blocks, 1));
        }
        for (String trace :
                results.series().stream().map(Results.Series::trace).distinct().toList()) {
            draw(
                    "committed-" + trace,
                    "Committed and live bytes while " + trace + " is replayed",
                    new Axis("events", Double::parseDouble, place -> String.format(Locale.ROOT, "%,.0f", place)),
                    "MiB",
                    false,
                    series(trace));
        }
        for (String trace :
                results.churns().stream().map(Results.Churn::trace).distinct().toList()) {
            drawChurn(trace, "realised", "Realised fragmentation so far", Results.Churn::realised);
            drawChurn(trace, "unusable", "Free bytes that are unusable", Results.Churn::unusable);
        }
    }

    private void drawChurn(String trace, String figure, String title, Function<Results.Churn, List<Number>> figures)
            throws IOException {
        Map<String, NavigableMap<Double, Double>> lines = new LinkedHashMap<>();
        for (Results.Churn churn : results.churns()) {
            if (churn.trace().equals(trace)) {
                lines.put(churn.subject(), line(figures.apply(churn), churn.hours(), 100));
            }
        }
        draw(
                "churn-" + figure + "-" + trace,
                title + " while " + trace + " is repeated with growing variation",
                new Axis("simulated hours", Double::parseDouble, Charts::tick),
                "per cent",
                false,
                lines);
    }

    private static Map<String, NavigableMap<Double, Double>> lines(List<Row> rows, String key, Axis axis, double unit) {
        Map<String, NavigableMap<Double, Double>> lines = new LinkedHashMap<>();
        rows.forEach(row -> lines.computeIfAbsent(Labels.allocator(row.get(Row.SUBJECT)), name -> new TreeMap<>())
                .put(axis.place().applyAsDouble(row.get(key)), row.sample().median() * unit));
        return lines;
    }

    private Map<String, NavigableMap<Double, Double>> series(String trace) {
        Map<String, NavigableMap<Double, Double>> lines = new LinkedHashMap<>();
        for (Results.Series series : results.series()) {
            if (series.trace().equals(trace)) {
                lines.putIfAbsent("live", line(series.requested(), series.interval(), MEBIBYTES));
                lines.put(series.subject(), line(series.committed(), series.interval(), MEBIBYTES));
            }
        }
        return lines;
    }

    /** Values at equal distances, the first at 0; of very many only some. */
    private static NavigableMap<Double, Double> line(List<Number> values, double distance, double unit) {
        NavigableMap<Double, Double> line = new TreeMap<>();
        for (int i = 0; i < values.size(); i += Math.ceilDiv(values.size(), MOST_POINTS)) {
            line.put(i * distance, values.get(i).doubleValue() * unit);
        }
        return line;
    }

    private void draw(
            String file,
            String title,
            Axis x,
            String yTitle,
            boolean logarithmic,
            Map<String, NavigableMap<Double, Double>> lines)
            throws IOException {
        lines.values().removeIf(NavigableMap::isEmpty);
        if (lines.isEmpty()) {
            return;
        }
        XYChart chart = new XYChartBuilder()
                .width(760)
                .height(380)
                .title(title)
                .xAxisTitle(x.title())
                .yAxisTitle(yTitle)
                .build();
        style(chart.getStyler());
        chart.setCustomXAxisTickLabelsFormatter(x.label());
        // The library labels the marks of its own logarithmic axis wrongly where it is given a formatter.
        if (logarithmic) {
            lines.values().forEach(line -> line.replaceAll((place, value) -> Math.log10(value)));
            chart.getStyler().setYAxisMin(Math.floor(extreme(lines, Math::min)));
            chart.getStyler().setYAxisMax(Math.ceil(extreme(lines, Math::max)));
            chart.setCustomYAxisTickLabelsFormatter(Axis.decades("").label());
        } else {
            chart.getStyler().setYAxisMin(0.0);
            chart.setCustomYAxisTickLabelsFormatter(Charts::tick);
        }
        lines.forEach((name, line) -> {
            XYSeries series = chart.addSeries(name, new ArrayList<>(line.keySet()), new ArrayList<>(line.values()));
            series.setLineColor(COLOURS.getOrDefault(name, Color.MAGENTA));
            series.setMarkerColor(COLOURS.getOrDefault(name, Color.MAGENTA));
            series.setLineStyle(new BasicStroke(name.equals("live") ? 1 : 2));
            series.setMarker(line.size() > 20 ? SeriesMarkers.NONE : SeriesMarkers.CIRCLE);
        });
        Files.writeString(directory.resolve(file + ".svg"), svg(chart));
        drawn.put(file + ".svg", title);
    }

    private static double extreme(Map<String, NavigableMap<Double, Double>> lines, DoubleBinaryOperator which) {
        return lines.values().stream()
                .flatMap(line -> line.values().stream())
                .mapToDouble(value -> value)
                .reduce(which)
                .orElseThrow();
    }

    private static void style(XYStyler style) {
        style.setBaseFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
        style.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 14));
        style.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
        style.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11));
        style.setLegendFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
        style.setChartBackgroundColor(Color.WHITE);
        style.setPlotBorderVisible(false);
        style.setLegendPosition(Styler.LegendPosition.OutsideE);
        style.setLegendBorderColor(Color.WHITE);
        style.setPlotGridLinesColor(GRID);
        style.setPlotGridLinesStroke(new BasicStroke(0.5f)); // dashes are drawn one by one, which is a large file
        style.setAxisTickMarksStroke(new BasicStroke(0.5f));
        style.setPlotTicksMarksVisible(false);
        style.setMarkerSize(5);
        style.setSeriesMarkers(new Marker[] {SeriesMarkers.CIRCLE});
        style.setLocale(Locale.ROOT);
    }

    private static String tick(double value) {
        return String.format(Locale.ROOT, value == Math.rint(value) ? "%,.0f" : "%.1f", value);
    }

    private static String svg(XYChart chart) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        VectorGraphicsEncoder.saveVectorGraphic(chart, bytes, VectorGraphicsFormat.SVG);
        return LONG_FRACTION
                .matcher(bytes.toString(StandardCharsets.UTF_8))
                .replaceAll(number -> new BigDecimal(number.group())
                        .setScale(1, RoundingMode.HALF_UP)
                        .stripTrailingZeros()
                        .toPlainString());
    }
}
