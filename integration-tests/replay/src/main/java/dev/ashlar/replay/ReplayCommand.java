package dev.ashlar.replay;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Stack;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code ashlar replay}. */
@Command(
        name = "replay",
        description = "Replays traces on every installed strategy, on malloc and on the bare JDK.",
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
            "  upstream calls  how often memory was asked for or given back upstream",
            "  misuse          frees that the strategy rejected",
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
            description = "Only these, separated by commas: installed strategies, malloc, jdk.")
    private @Nullable List<String> strategies;

    @Option(
            names = "--threads",
            preprocessor = OptionalNumber.class,
            paramLabel = "[N]",
            defaultValue = "1",
            description =
                    "Replay on N real threads (default: 1), or without N on as many as were recorded, each with its"
                            + " events in recorded order. Recorded thread T is played by real thread T modulo N. Of a trace of one"
                            + " thread, one real thread makes all allocations and the others free. A free waits for its block's"
                            + " allocation only.")
    private int threads;

    @Option(names = "--runs", paramLabel = "N", defaultValue = "5", description = "Timed runs (${DEFAULT-VALUE}).")
    private int runs;

    @Option(
            names = "--warmup",
            paramLabel = "N",
            defaultValue = "5",
            description = "Runs before them at least (${DEFAULT-VALUE}); unless it is 0, they last half a second.")
    private int warmup;

    @Option(
            names = "--check",
            description =
                    "Replay once more, not timed, with every block filled with a pattern that is verified when it is"
                            + " freed, and see that no two live blocks overlap.")
    private boolean check;

    @Option(
            names = "--api",
            paramLabel = "API",
            defaultValue = "segment",
            description =
                    "segment: blocks are memory segments (default); address: raw addresses, on strategies that have"
                            + " them. malloc always uses addresses, jdk segments.")
    private Contenders.Api api;

    @Option(
            names = "--alignment",
            paramLabel = "N",
            defaultValue = "16",
            description = "Alignment of blocks that the trace gives none for (default: ${DEFAULT-VALUE}, which malloc"
                    + " promises), but none above the largest power of two in the block's size.")
    private long alignment;

    @Option(names = "--json", description = "Print one JSON object a line, and nothing else on standard output.")
    private boolean json;

    @Option(
            names = "--no-fork",
            description = "Replay everything in this JVM. By default each strategy gets one of its own, with the same"
                    + " options, so that none is compiled for what another did.")
    private boolean inThisJvm;

    @ParentCommand
    private Ashlar ashlar;

    @Override
    public Integer call() throws IOException, InterruptedException {
        validate();
        PrintWriter err = spec.commandLine().getErr();
        List<TraceFile> files = traces.isEmpty()
                ? TraceFile.BUNDLED
                : traces.stream().map(TraceFile::new).toList();
        List<Trace> read = new ArrayList<>();
        try {
            for (TraceFile file : files) { // all of them before the first is replayed, so that no error comes half-way
                read.add(file.read());
            }
        } catch (TraceException e) {
            err.println("replay: " + e.getMessage());
            return ExitCode.USAGE;
        }
        Contenders contenders = contenders(read);
        ResultWriter writer = writer(contenders);
        Runner runner =
                inThisJvm ? new Runner.Local(err, measurement(), alignment) : new Runner.Forked(err, childArguments());
        Progress progress = Progress.on(err);
        boolean failed = false;
        for (int i = 0; i < files.size(); i++) {
            writer.begin(read.get(i));
            for (Contender contender : contenders.chosen()) {
                progress.show("replaying " + read.get(i).name + " on " + contender.name() + " ...");
                Optional<Result> result = runner.run(files.get(i), read.get(i), contender);
                progress.clear();
                result.ifPresent(writer::write);
                failed |= result.isEmpty();
            }
        }
        writer.end(contenders.notes());
        return failed ? ExitCode.SOFTWARE : ExitCode.OK;
    }

    private Contenders contenders(List<Trace> read) {
        boolean shared = read.stream().anyMatch(trace -> Lanes.count(trace, threads) > 1);
        try {
            return strategies == null
                    ? Contenders.all(api, shared, false)
                    : Contenders.named(strategies, api, shared, strategies.size() * read.size() == 1);
        } catch (Contenders.UnfitException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private Measurement measurement() {
        return new Measurement(runs, warmup, threads, check);
    }

    private ResultWriter writer(Contenders contenders) {
        PrintWriter out = spec.commandLine().getOut();
        return json
                ? new JsonWriter(out)
                : new TableWriter(
                        out,
                        api.name().toLowerCase(Locale.ROOT) + " API, " + measurement(),
                        contenders.chosen().stream().map(Contender::name).toList());
    }

    /** What a child is told beside its trace and strategy, to do the same as this process. */
    private List<String> childArguments() {
        List<String> arguments = new ArrayList<>(List.of(
                "replay",
                "--no-fork",
                "--json",
                "--runs=" + runs,
                "--warmup=" + warmup,
                "--threads=" + threads,
                "--api=" + api,
                "--alignment=" + alignment));
        if (check) {
            arguments.add("--check");
        }
        arguments.addAll(ashlar.verbosity());
        return arguments;
    }

    private void validate() {
        requireAtLeast("--threads", threads, 0);
        requireAtLeast("--runs", runs, 1);
        requireAtLeast("--warmup", warmup, 0);
        if (Long.bitCount(alignment) != 1 || alignment < 1) {
            throw new ParameterException(
                    spec.commandLine(), "--alignment is " + alignment + ", must be a power of two");
        }
    }

    /** Puts 0 in the place of a number that is not there, so that what follows is not taken for it. */
    static final class OptionalNumber implements IParameterPreprocessor {
        @Override
        public boolean preprocess(
                Stack<String> arguments, CommandSpec command, ArgSpec option, Map<String, Object> information) {
            if (arguments.isEmpty() || !arguments.peek().matches("\\d+")) {
                arguments.push("0");
            }
            return false;
        }
    }

    private void requireAtLeast(String option, int value, int least) {
        if (value < least) {
            throw new ParameterException(
                    spec.commandLine(), option + " is " + value + ", must be " + least + " or more");
        }
    }
}
