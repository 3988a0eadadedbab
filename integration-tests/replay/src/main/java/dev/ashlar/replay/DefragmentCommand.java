package dev.ashlar.replay;

import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.spi.ProviderException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code ashlar replay defragment}. */
@Command(
        name = "defragment",
        description =
                "What compaction reaches: fills a heap of handles with blocks of random sizes and of those that are"
                        + " live in bundled traces, frees a share of them at random, and moves the others together. With --readers, threads read blocks meanwhile.",
        mixinStandardHelpOptions = true,
        versionProvider = Ashlar.Version.class,
        sortOptions = false,
        footerHeading = "%nColumns:%n%n",
        footer = {
            "  before    committed / live bytes when blocks were freed, and memory trimmed",
            "  meshed    the same if pairs of spans of slabs shared pages instead (PLDI 2019)",
            "  after     the same when blocks were moved",
            "  moved     share of the live bytes that was moved",
            "  ns/byte   time of the whole compaction / bytes moved",
            "  reads     with --readers: median, 99.99th percentile and maximum of the time of",
            "            a read in microseconds, while blocks are moved"
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class DefragmentCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--strategies",
            split = ",",
            paramLabel = "NAME",
            defaultValue = "slab,lockfree,tlsf,adaptive",
            description = "Installed strategies that tell what is worth moving. Default: ${DEFAULT-VALUE}.")
    private List<String> strategies;

    @Option(
            names = "--fill",
            paramLabel = "MIB",
            defaultValue = "256",
            description = "Live bytes before the frees in MiB, 1 to 16384. Default: ${DEFAULT-VALUE}.")
    private int fillMebibytes;

    @Option(
            names = "--freed",
            split = ",",
            paramLabel = "PERCENT",
            defaultValue = "90,70",
            description = "Shares of the blocks that are freed, 0 to 99 %%. Default: ${DEFAULT-VALUE}.")
    private List<Integer> freed;

    @Option(
            names = "--readers",
            paramLabel = "N",
            defaultValue = "0",
            description = "Threads that read blocks meanwhile, 0 to 64. Default: ${DEFAULT-VALUE}.")
    private int readers;

    @Override
    public Integer call() throws InterruptedException, TraceException {
        OptionValue.requireBetween(spec, "--fill", fillMebibytes, 1, 16_384);
        OptionValue.requireBetween(spec, "--readers", readers, 0, 64);
        freed.forEach(share -> OptionValue.requireBetween(spec, "--freed", share, 0, 99));
        PrintWriter out = spec.commandLine().getOut();
        out.printf(
                Locale.ROOT,
                "%-10s %-26s %6s %8s %8s %8s %8s %8s%s%n",
                "strategy",
                "sizes",
                "freed",
                "before",
                "meshed",
                "after",
                "moved",
                "ns/byte",
                readers == 0 ? "" : "  reads");
        List<BlockSizes> laws = new ArrayList<>(List.of(SizeLaw.values()));
        for (TraceFile trace : TraceFile.BUNDLED) {
            laws.add(LiveSet.of(trace.read()));
        }
        for (String name : strategies) {
            AllocatorProvider provider;
            try {
                provider = AllocatorProviders.require(name);
            } catch (ProviderException e) {
                spec.commandLine().getErr().println("defragment: " + e.getMessage());
                return ExitCode.USAGE;
            }
            for (BlockSizes law : laws) {
                for (int share : freed) {
                    CompactionExperiment experiment =
                            new CompactionExperiment(provider, law, (long) fillMebibytes << 20, share / 100.0, readers);
                    print(out, name, law, share, experiment.run());
                }
            }
        }
        return ExitCode.OK;
    }

    private void print(PrintWriter out, String name, BlockSizes law, int share, CompactionExperiment.Outcome outcome) {
        out.printf(
                Locale.ROOT,
                "%-10s %-26s %5d%% %8.3f %8s %8.3f %7.1f%% %8.2f",
                name,
                law,
                share,
                outcome.before(),
                outcome.meshed() < 0 ? "-" : String.format(Locale.ROOT, "%.3f", outcome.meshed()),
                outcome.after(),
                100 * outcome.movedShare(),
                outcome.nanosPerByte());
        if (readers > 0) {
            out.printf(
                    Locale.ROOT,
                    "  %.1f, %.1f, %.0f",
                    outcome.readMicros(50),
                    outcome.readMicros(99.99),
                    outcome.readMicros(100));
        }
        out.println();
        out.flush();
    }
}
