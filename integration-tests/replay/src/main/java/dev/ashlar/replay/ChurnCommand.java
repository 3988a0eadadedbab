package dev.ashlar.replay;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.ashlar.replay.Churn.Course;
import dev.ashlar.replay.Churn.HeapFactory;
import dev.ashlar.replay.Churn.Sample;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.spi.ProviderException;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ashlar replay churn}. */
@Command(
        name = "churn",
        description =
                "How fragmented strategies are after hours: plays a trace again and again with growing variation of"
                        + " sizes and lifetimes, a simulated millisecond for each event, beside a plain first fit and a plain"
                        + " binary buddy over offsets. Counts bytes, and measures no time.",
        mixinStandardHelpOptions = true,
        versionProvider = Ashlar.Version.class,
        sortOptions = false,
        footerHeading = "%nFigures, in per cent:%n%n",
        footer = {
            "  realised  (peak committed - requested then) / requested then, up to that hour",
            "  unusable  free bytes in runs too small for the request / free bytes, when the",
            "            trace has most bytes live"
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ChurnCommand implements Callable<Integer> {

    /** Lines of a table: of more repetitions some are left out. */
    private static final int LINES = 12;

    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "TRACE",
            defaultValue = "sqlite-small",
            description = "A trace file, or the name of a bundled trace. Default: ${DEFAULT-VALUE}.")
    private String trace;

    @Option(
            names = "--strategies",
            split = ",",
            paramLabel = "NAME",
            defaultValue = "adaptive,slab,lockfree,tlsf",
            description = "Installed strategies that free single blocks. Default: ${DEFAULT-VALUE}.")
    private List<String> strategies;

    @Option(
            names = "--hours",
            paramLabel = "HOURS",
            defaultValue = "24",
            description =
                    "Simulated hours, of 3.6 million events each, at least two repetitions. Default: ${DEFAULT-VALUE}.")
    private double hours;

    @Option(
            names = "--variation",
            paramLabel = "PERCENT",
            defaultValue = "50",
            description =
                    "The variation in the second half, 0 to 100 %%: how much sizes differ from the trace, how many blocks"
                            + " are freed late, and up to how much of the trace late. Default: ${DEFAULT-VALUE}.")
    private int variation;

    @Option(
            names = "--request",
            paramLabel = "BYTES",
            defaultValue = "4096",
            description = "The size for which free memory is usable or not. Default: ${DEFAULT-VALUE}.")
    private long request;

    @Option(names = "--json", description = "Print one JSON object a line, and nothing else on standard output.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        require(hours > 0 && hours <= 10_000, "--hours is " + hours + ", must be more than 0, and at most 10000");
        require(variation >= 0 && variation <= 100, "--variation is " + variation + ", must be 0 to 100");
        require(request > 0, "--request is " + request + ", must be 1 or more");
        Trace read;
        try {
            read = new TraceFile(trace).read().aligned(OffsetHeap.GRANULE);
        } catch (TraceException e) {
            spec.commandLine().getErr().println("churn: " + e.getMessage());
            return ExitCode.USAGE;
        }
        double hoursOfEach = read.events() / (double) Duration.ofHours(1).toMillis();
        int repetitions = (int) Math.max(2, Math.round(hours / hoursOfEach));
        Churn churn = new Churn(read, repetitions, variation / 100.0, request);
        Map<String, Course> courses = play(read, churn, heaps(read));
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            for (Map.Entry<String, Course> course : courses.entrySet()) {
                out.println(JSON.std.asString(fields(course.getKey(), hoursOfEach, course.getValue())));
            }
        } else {
            print(out, read, hoursOfEach, courses);
        }
        out.flush();
        return ExitCode.OK;
    }

    private void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new ParameterException(spec.commandLine(), otherwise);
        }
    }

    private Map<String, HeapFactory> heaps(Trace read) {
        Map<String, HeapFactory> heaps = new LinkedHashMap<>();
        for (String name : strategies) {
            AllocatorProvider provider = provider(name);
            heaps.put(name, blocks -> new StrategyHeap(provider, blocks));
        }
        int range = OffsetHeap.rangeFor(read);
        heaps.put("first fit", blocks -> new FirstFit(range, blocks));
        heaps.put("binary buddy", blocks -> new BinaryBuddy(range, blocks));
        return heaps;
    }

    private AllocatorProvider provider(String name) {
        try {
            AllocatorProvider provider = AllocatorProviders.require(name);
            require(
                    Contenders.frames(provider, false) == Contender.Frames.NONE,
                    name + " frees blocks together; --strategies must name some that free single blocks");
            return provider;
        } catch (ProviderException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private Map<String, Course> play(Trace read, Churn churn, Map<String, HeapFactory> heaps) {
        Map<String, Course> courses = new LinkedHashMap<>();
        try (Progress progress = Progress.on(spec.commandLine().getErr())) {
            heaps.forEach((name, heap) -> {
                progress.show("churning " + read.name + " on " + name + " ...");
                courses.put(name, churn.play(heap));
                progress.clear();
            });
        }
        return courses;
    }

    /** The fields in their order. Ratios are fractions. */
    private Map<String, Object> fields(String strategy, double hoursOfEach, Course course) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("churn", new TraceFile(trace).name());
        fields.put("strategy", strategy);
        fields.put("hours", hoursOfEach);
        fields.put("refused", course.refused());
        fields.put("requested", course.samples().stream().map(Sample::requested).toList());
        fields.put("committed", course.samples().stream().map(Sample::committed).toList());
        fields.put("realised", course.samples().stream().map(Sample::realised).toList());
        fields.put("unusable", course.samples().stream().map(Sample::unusable).toList());
        return fields;
    }

    private void print(PrintWriter out, Trace read, double hoursOfEach, Map<String, Course> courses) {
        int repetitions = courses.values().iterator().next().samples().size();
        out.printf(
                Locale.ROOT,
                "%s: %,d repetitions in %.1f simulated hours, variation 0 to %d %%, in per cent%n",
                read.name,
                repetitions,
                repetitions * hoursOfEach,
                variation);
        print(out, "realised fragmentation by hour", Sample::realised, hoursOfEach, courses);
        print(out, "free bytes unusable for " + request + " bytes by hour", Sample::unusable, hoursOfEach, courses);
        courses.forEach((name, course) -> {
            if (course.refused() > 0) {
                out.printf(Locale.ROOT, "%n%s refused %,d requests.%n", name, course.refused());
            }
        });
    }

    private static void print(
            PrintWriter out,
            String title,
            ToDoubleFunction<Sample> figure,
            double hoursOfEach,
            Map<String, Course> courses) {
        out.println();
        out.println(title);
        out.printf("%10s", "");
        courses.keySet().forEach(name -> out.printf("%14s", name));
        out.println();
        int repetitions = courses.values().iterator().next().samples().size();
        int lines = Math.min(LINES, repetitions);
        for (int line = 0; line < lines; line++) {
            int repetition = (int) ((long) line * (repetitions - 1) / (lines - 1));
            out.printf(Locale.ROOT, "%10.1f", (repetition + 1) * hoursOfEach);
            courses.values()
                    .forEach(course -> out.printf(
                            Locale.ROOT,
                            "%14.1f",
                            100 * figure.applyAsDouble(course.samples().get(repetition))));
            out.println();
        }
        out.printf("%10s", "highest");
        courses.values()
                .forEach(course -> out.printf(
                        Locale.ROOT,
                        "%14.1f",
                        100
                                * course.samples().stream()
                                        .mapToDouble(figure)
                                        .max()
                                        .orElse(0)));
        out.println();
    }
}
