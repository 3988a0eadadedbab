package dev.ashlar.replay;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ashlar replay}. */
@Command(
        name = "replay",
        description = "Replays traces on every installed strategy, C library's allocator, Netty and the bare JDK.",
        subcommands = {CapacityCommand.class, ChurnCommand.class, CollectCommand.class, DefragmentCommand.class},
        mixinStandardHelpOptions = true,
        versionProvider = Ashlar.Version.class,
        sortOptions = false,
        footerHeading = "%nColumns:%n%n",
        footer = {
            "  ns per event    median of the timed runs, the first byte of every page",
            "                  of a block written",
            "  peak requested  the most bytes of served blocks that were live at once",
            "  peak committed  the most bytes taken from the memory source at once",
            "  internal fragm. 1 - requested / allocated (rounded to the size class)",
            "  utilisation     allocated / committed",
            "  metadata        bytes of bookkeeping / committed",
            "  hit rate        requests served from memory already held / all served",
            "  upstream calls  how often memory was taken from upstream or returned",
            "  misuse          frees that the strategy rejected",
            "  frames          parts of the trace at whose ends no block is live: a strategy",
            "                  that frees blocks together is reset there",
            "",
            "Internal fragmentation, utilisation and metadata are read when the trace has",
            "most bytes live; hit rate, upstream calls, misuse and the peaks after its last",
            "event; all in a run that is not timed and keeps the recorded order. Blocks that",
            "a trace leaves live are freed after that, in the order of their allocation.",
            "",
            "Exit codes: 0 done, 1 a strategy broke its contract, 2 wrong usage or trace."
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class ReplayCommand implements Callable<Integer> {

    private static final int MOST_FORKS = 100;

    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "TRACE",
            description =
                    "Trace files, as gzip or text, or names of bundled traces. Default: sqlite-small python-small.")
    private List<String> traces = List.of();

    @Option(
            names = "--strategies",
            split = ",",
            paramLabel = "NAME",
            description =
                    "Only these, separated by commas: installed strategies, malloc, jemalloc, mimalloc, tcmalloc, netty,"
                            + " jdk.")
    private @Nullable List<String> strategies;

    @Option(
            names = "--api",
            paramLabel = "API",
            defaultValue = "segment",
            description =
                    "segment: blocks are memory segments (default); address: raw addresses, on strategies that have"
                            + " them. C libraries always use addresses, jdk segments.")
    private Contenders.Api api;

    @Option(names = "--json", description = "Print one JSON object a line, and nothing else on standard output.")
    private boolean json;

    @Option(
            names = "--html",
            paramLabel = "FILE",
            description =
                    "Also write one HTML page with the figures, with memory over the events of the trace, and with"
                            + " a map of chunks and slabs when most bytes are live, for which each strategy plays the trace up"
                            + " to there once more. With --explain it has the decisions too.")
    private @Nullable Path page;

    @Option(
            names = "--no-fork",
            description = "Replay everything in this JVM. By default each strategy gets one of its own, with the same"
                    + " options, so that none is compiled for what another did.")
    private boolean inThisJvm;

    @Option(
            names = "--forks",
            paramLabel = "N",
            defaultValue = "1",
            description =
                    "JVMs for each strategy and trace (${DEFAULT-VALUE}), in turns. The compiler does not make the"
                            + " same of a program twice, so more of them tell more than more runs. The median is that of the"
                            + " timed runs of all; what is not timed is told of the first.")
    private int forks;

    @Mixin
    private MeasurementOptions options;

    @ParentCommand
    private Ashlar ashlar;

    @Override
    public Integer call() throws IOException, InterruptedException {
        OptionValue.requireBetween(spec, "--forks", forks, 1, MOST_FORKS);
        if (inThisJvm && forks > 1) {
            throw new ParameterException(spec.commandLine(), "--forks is " + forks + ", must be 1 with --no-fork");
        }
        Measurement measurement = options.measurement(page != null);
        List<TraceFile> files = traces.isEmpty()
                ? TraceFile.BUNDLED
                : traces.stream().map(TraceFile::new).toList();
        List<Trace> read = new ArrayList<>();
        try {
            for (TraceFile file : files) { // all of them before the first is replayed, so that no error comes half-way
                read.add(file.read());
            }
        } catch (TraceException e) {
            spec.commandLine().getErr().println("replay: " + e.getMessage());
            return ExitCode.USAGE;
        }
        Contenders contenders = contenders(read, measurement);
        boolean succeeded =
                replayAll(files, read, contenders, runner(measurement), writer(read, contenders, measurement));
        return succeeded ? ExitCode.OK : ExitCode.SOFTWARE;
    }

    private Contenders contenders(List<Trace> read, Measurement measurement) {
        boolean shared = read.stream().anyMatch(trace -> Lanes.count(trace, measurement.threads()) > 1);
        try {
            return strategies == null
                    ? Contenders.all(api, shared, false)
                    : Contenders.named(strategies, api, shared, strategies.size() * read.size() == 1);
        } catch (Contenders.UnfitException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private Runner runner(Measurement measurement) {
        PrintWriter err = spec.commandLine().getErr();
        if (inThisJvm) {
            return new Runner.Local(err, measurement);
        }
        List<String> arguments = new ArrayList<>(List.of("replay", "--no-fork", "--json", "--api=" + api));
        arguments.addAll(options.arguments(page != null));
        arguments.addAll(ashlar.verbosity());
        return new Runner.Forked(err, arguments);
    }

    private ResultWriter writer(List<Trace> read, Contenders contenders, Measurement measurement) {
        PrintWriter out = spec.commandLine().getOut();
        String how = api.name().toLowerCase(Locale.ROOT) + " API, " + measurement
                + (forks == 1 ? "" : ", in each of " + forks + " JVMs");
        ResultWriter printer = json
                ? new JsonWriter(out)
                : new TableWriter(
                        out,
                        how,
                        contenders.chosen().stream().map(Contender::name).toList());
        return page == null ? printer : new PageWriter(printer, page, how, read, measurement);
    }

    private boolean replayAll(
            List<TraceFile> files, List<Trace> read, Contenders contenders, Runner runner, ResultWriter writer)
            throws IOException, InterruptedException {
        boolean succeeded = true;
        try (Progress progress = progress()) {
            for (int i = 0; i < files.size(); i++) {
                writer.begin(read.get(i));
                succeeded &= replay(files.get(i), read.get(i), contenders, runner, writer, progress);
            }
        }
        writer.end(contenders.notes());
        return succeeded;
    }

    /** Replays a trace on each contender, in turns, so that what slows the machine for a while slows all. */
    private boolean replay(
            TraceFile file, Trace trace, Contenders contenders, Runner runner, ResultWriter writer, Progress progress)
            throws IOException, InterruptedException {
        boolean succeeded = true;
        Map<Contender, List<Result>> results = new HashMap<>();
        for (int fork = 1; fork <= forks; fork++) {
            for (Contender contender : contenders.chosen()) {
                List<Result> forksDone = results.computeIfAbsent(contender, _ -> new ArrayList<>());
                if (forksDone.size() < fork - 1) {
                    continue; // it has failed
                }
                progress.show("replaying " + trace.name + " on " + contender.name()
                        + (forks == 1 ? "" : ", JVM " + fork + " of " + forks) + " ...");
                runner.run(file, trace, contender).ifPresent(forksDone::add);
                progress.clear();
                succeeded &= forksDone.size() == fork;
                if (forksDone.size() == forks) {
                    writer.write(Result.ofForks(forksDone));
                    writer.end(trace, contender);
                }
            }
        }
        return succeeded;
    }

    /** No progress for a child JVM, whose JSON the parent reads. */
    private Progress progress() {
        PrintWriter err = spec.commandLine().getErr();
        return inThisJvm && json ? Progress.none(err) : Progress.on(err);
    }
}
