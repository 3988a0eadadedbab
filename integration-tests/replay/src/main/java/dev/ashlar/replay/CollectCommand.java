package dev.ashlar.replay;

import dev.ashlar.heap.collected.Algorithm;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.spi.ProviderException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ashlar replay collect}. */
@Command(
        name = "collect",
        description =
                "Throughput and pauses of collected heaps: a graph of which a tenth becomes garbage in each round,"
                        + " beside the same graph on the Java heap. Each collector has a JVM of its own.",
        mixinStandardHelpOptions = true,
        versionProvider = Ashlar.Version.class,
        sortOptions = false,
        footerHeading = "%nColumns:%n%n",
        footer = {
            "  Mobj/s      millions of objects made per second, while the collector works when",
            "              it finds it due",
            "  cpu         processors that were busy meanwhile",
            "  paused      share of that time that was pauses",
            "  pauses      their number, median, 95th percentile and maximum in milliseconds",
            "  collected   share of the garbage that is free after each of other rounds, which",
            "              end with a full cycle; the least of them",
            "  full        95th percentile and maximum of the pauses in those rounds"
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class CollectCommand implements Callable<Integer> {

    /** What collects. */
    enum Contender {
        COUNTING(Optional.of(Algorithm.REFERENCE_COUNTING), ""),
        MARK_SWEEP(Optional.of(Algorithm.MARK_SWEEP), ""),
        GENERATIONAL(Optional.of(Algorithm.GENERATIONAL), ""),
        HYBRID(Optional.of(Algorithm.HYBRID), ""),
        JAVA_G1(Optional.empty(), "-XX:+UseG1GC -Xlog:gc:stdout"),
        JAVA_ZGC(Optional.empty(), "-XX:+UseZGC -Xlog:gc,gc+phases:stdout");

        /** Bytes of an object on the Java heap: a header of 12 to 16, two references of 4 to 8, and 8 of data. */
        private static final int JAVA_BYTES = 40;

        private final Optional<Algorithm> algorithm;
        private final String options;

        Contender(Optional<Algorithm> algorithm, String options) {
            this.algorithm = algorithm;
            this.options = options;
        }

        List<String> jvmOptions(int objects, int occupancy) {
            if (algorithm.isPresent()) {
                return List.of();
            }
            List<String> all = new ArrayList<>(List.of(options.split(" ", -1)));
            long mebibytes = Math.max(32, ((long) objects * JAVA_BYTES * 100 / occupancy) >> 20);
            all.add("-Xmx" + mebibytes + "m");
            all.add("-Xms" + mebibytes + "m");
            all.add("-XX:+ExitOnOutOfMemoryError");
            return all;
        }
    }

    /** The exit code of a JVM with {@code -XX:+ExitOnOutOfMemoryError}. */
    private static final int OUT_OF_MEMORY = 3;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--collectors",
            split = ",",
            paramLabel = "NAME",
            defaultValue = "COUNTING,MARK_SWEEP,GENERATIONAL,HYBRID,JAVA_G1,JAVA_ZGC",
            description = "Any of ${COMPLETION-CANDIDATES}. Default: all.")
    private List<Contender> collectors;

    @Option(
            names = "--strategy",
            paramLabel = "NAME",
            defaultValue = "slab",
            description = "Where objects come from. Default: ${DEFAULT-VALUE}.")
    private String strategy;

    @Option(
            names = "--objects",
            paramLabel = "N",
            defaultValue = "1000000",
            description = "Objects of the graph, 10000 to 100000000. Default: ${DEFAULT-VALUE}.")
    private int objects;

    @Option(
            names = "--occupancy",
            paramLabel = "PERCENT",
            defaultValue = "25",
            description = "Share of the limit that the objects take, 5 to 90 %%. Default: ${DEFAULT-VALUE}.")
    private int occupancy;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "100",
            description = "Rounds that leave it to the collector, 1 to 100000. Default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(
            names = "--full-rounds",
            paramLabel = "N",
            defaultValue = "10",
            description = "Rounds that end with a full cycle, 1 to 100000. Default: ${DEFAULT-VALUE}.")
    private int fullRounds;

    @Option(names = "--no-fork", hidden = true, description = "Prints the lines of one collector in this JVM.")
    private boolean isChild;

    @Override
    public Integer call() throws IOException, InterruptedException {
        OptionValue.requireBetween(spec, "--objects", objects, 10_000, 100_000_000);
        OptionValue.requireBetween(spec, "--occupancy", occupancy, 5, 90);
        OptionValue.requireBetween(spec, "--rounds", rounds, 1, 100_000);
        OptionValue.requireBetween(spec, "--full-rounds", fullRounds, 1, 100_000);
        PrintWriter out = spec.commandLine().getOut();
        AllocatorProvider provider;
        try {
            provider = AllocatorProviders.require(strategy);
        } catch (ProviderException e) {
            spec.commandLine().getErr().println("collect: " + e.getMessage());
            return ExitCode.USAGE;
        }
        if (isChild) {
            new CollectionExperiment(
                            collectors.getFirst().algorithm, provider, objects, occupancy / 100.0, rounds, fullRounds)
                    .run(out);
            return ExitCode.OK;
        }
        out.printf(
                "%-12s %7s %5s %7s  %-28s %9s  %s%n",
                "collector", "Mobj/s", "cpu", "paused", "pauses", "collected", "full");
        for (Contender contender : collectors) {
            ChildJvm.Outcome child = ChildJvm.run(contender.jvmOptions(objects, occupancy), arguments(contender));
            if (child.exitCode() == OUT_OF_MEMORY) {
                out.printf("%-12s out of memory%n", contender);
                continue;
            }
            if (child.exitCode() != ExitCode.OK) {
                spec.commandLine().getErr().println("collect: the JVM of " + contender + " failed");
                return ExitCode.SOFTWARE;
            }
            print(out, contender, CollectionExperiment.Outcome.read(child.output()));
        }
        return ExitCode.OK;
    }

    private List<String> arguments(Contender contender) {
        return List.of(
                "replay",
                "collect",
                "--no-fork",
                "--collectors=" + contender,
                "--strategy=" + strategy,
                "--objects=" + objects,
                "--occupancy=" + occupancy,
                "--rounds=" + rounds,
                "--full-rounds=" + fullRounds);
    }

    private static void print(PrintWriter out, Contender contender, CollectionExperiment.Outcome outcome) {
        Histogram pauses = outcome.freePauses();
        out.printf(
                Locale.ROOT,
                "%-12s %7.3f %5.2f %6.1f%%  %-28s %9s  %.2f, %.2f%n",
                contender,
                outcome.millionsPerSecond(),
                outcome.processors(),
                100 * outcome.pausedShare(),
                String.format(
                        Locale.ROOT,
                        "%d: %.2f, %.2f, %.2f",
                        pauses.getTotalCount(),
                        millis(pauses, 50),
                        millis(pauses, 95),
                        millis(pauses, 100)),
                Double.isNaN(outcome.collectedShare())
                        ? "-"
                        : String.format(Locale.ROOT, "%.1f%%", 100 * outcome.collectedShare()),
                millis(outcome.fullPauses(), 95),
                millis(outcome.fullPauses(), 100));
        out.flush();
    }

    private static double millis(Histogram pauses, double percentile) {
        return pauses.getValueAtPercentile(percentile) / 1e6;
    }
}
