package dev.ashlar.replay;

import dev.ashlar.buddy.core.BuddyAlgorithm;
import dev.ashlar.buddy.core.RegionAlgorithm;
import dev.ashlar.buddy.core.TlsfAlgorithm;
import java.io.PrintWriter;
import java.util.IntSummaryStatistics;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ashlar replay capacity}. */
@Command(
        name = "capacity",
        description = "How full the algorithms of buddy and tlsf keep a region: the last percentage of live bytes that"
                + " was kept while random blocks were replaced, lowest to highest of all seeds. No memory is touched.",
        mixinStandardHelpOptions = true,
        versionProvider = Ashlar.Version.class,
        sortOptions = false)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class CapacityCommand implements Runnable {

    private static final Map<String, RegionAlgorithm> ALGORITHMS = algorithms();

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--region",
            paramLabel = "MIB",
            defaultValue = "64",
            description = "Size of the region in MiB, 1 to 1024. Default: ${DEFAULT-VALUE}.")
    private int regionMebibytes;

    @Option(
            names = "--granule",
            paramLabel = "BYTES",
            defaultValue = "16",
            description = "What sizes are rounded up to, 8 to 65536 bytes. Default: ${DEFAULT-VALUE}.")
    private int granule;

    @Option(
            names = "--replacements",
            paramLabel = "N",
            defaultValue = "20000",
            description = "Blocks that are replaced at each percentage. Default: ${DEFAULT-VALUE}.")
    private int replacements;

    @Option(
            names = "--refusals",
            paramLabel = "N",
            defaultValue = "0",
            description = "Requests that may find no room at each percentage. Default: ${DEFAULT-VALUE}.")
    private int refusals;

    @Option(
            names = "--seeds",
            paramLabel = "N",
            defaultValue = "3",
            description = "How often each experiment is run. Default: ${DEFAULT-VALUE}.")
    private int seeds;

    private static Map<String, RegionAlgorithm> algorithms() {
        Map<String, RegionAlgorithm> algorithms = new LinkedHashMap<>();
        algorithms.put("binary buddy", new BuddyAlgorithm(1));
        algorithms.put("buddy trimmed to 1/16", new BuddyAlgorithm(16));
        algorithms.put("tlsf", new TlsfAlgorithm());
        return algorithms;
    }

    @Override
    public void run() {
        OptionValue.requireBetween(spec, "--region", regionMebibytes, 1, 1024);
        OptionValue.requireBetween(spec, "--granule", granule, 8, 65_536);
        OptionValue.requireBetween(spec, "--replacements", replacements, 1, Integer.MAX_VALUE);
        OptionValue.requireBetween(spec, "--refusals", refusals, 0, Integer.MAX_VALUE - 1);
        OptionValue.requireBetween(spec, "--seeds", seeds, 1, 1000);
        PrintWriter out = spec.commandLine().getOut();
        out.println("Live bytes in per cent of a region of " + regionMebibytes + " MiB with a granule of " + granule
                + " bytes; " + String.format(Locale.ROOT, "%,d", replacements) + " replacements at each per cent, "
                + String.format(Locale.ROOT, "%,d", refusals) + " refusals tolerated, " + seeds + " seeds");
        out.print(" ".repeat(24));
        for (SizeLaw law : SizeLaw.values()) {
            out.printf("%28s", law);
        }
        out.println();
        ALGORITHMS.forEach((name, algorithm) -> {
            out.printf("%-24s", name);
            for (SizeLaw law : SizeLaw.values()) {
                out.printf("%28s", sustained(algorithm, law));
                out.flush();
            }
            out.println();
        });
        out.flush();
    }

    private String sustained(RegionAlgorithm algorithm, SizeLaw law) {
        CapacityExperiment experiment =
                new CapacityExperiment(algorithm, law, (long) regionMebibytes << 20, granule, replacements, refusals);
        IntSummaryStatistics of = IntStream.rangeClosed(1, seeds)
                .map(seed -> experiment.run(seed))
                .summaryStatistics();
        return of.getMin() == of.getMax() ? of.getMin() + " %" : of.getMin() + "-" + of.getMax() + " %";
    }
}
