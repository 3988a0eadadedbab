package dev.ashlar.replay;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that say how a trace is replayed. */
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class MeasurementOptions {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "0",
            description = "Replay on N real threads, or with 0, the default, on as many as were recorded, each with its"
                    + " events in recorded order. Recorded thread T is played by real thread T modulo N. Of a trace of"
                    + " one thread, one real thread makes all allocations and the others free. A free waits for its"
                    + " block's allocation only.")
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
            names = "--fresh",
            description = "A fresh allocator for each timed run, and C libraries that have returned their free pages."
                    + " Otherwise one allocator plays all of them, and keeps its memory between them.")
    private boolean fresh;

    @Option(
            names = "--check",
            description = "Replay once more, not timed, with every block filled with a pattern that is verified when it"
                    + " is freed, and see that no two live blocks overlap.")
    private boolean check;

    @Option(
            names = "--explain",
            description = "Also print what a strategy that adapts did, and why. A millisecond passes for it with each"
                    + " event of the replay that is not timed.")
    private boolean explain;

    @Option(
            names = "--series",
            description =
                    "With --json, also samples of live requested and committed bytes over the events of the trace.")
    private boolean series;

    @Option(
            names = "--alignment",
            paramLabel = "N",
            defaultValue = "8",
            description = "Alignment of blocks that the trace gives none for (default: ${DEFAULT-VALUE}, for any Java"
                    + " primitive; malloc promises 16), but none above the largest power of two in the block's size.")
    private long alignment;

    /**
     * The measurement of these options.
     *
     * @param needsSeries whether memory is sampled without the option too
     * @throws ParameterException if a value is out of range
     */
    Measurement measurement(boolean needsSeries) {
        OptionValue.requireBetween(spec, "--threads", threads, 0, Lanes.MOST);
        requireAtLeast("--runs", runs, 1);
        requireAtLeast("--warmup", warmup, 0);
        if (Long.bitCount(alignment) != 1 || alignment < 1) {
            throw new ParameterException(
                    spec.commandLine(), "--alignment is " + alignment + ", must be a power of two");
        }
        return new Measurement(runs, warmup, fresh, threads, check, alignment, explain, series || needsSeries);
    }

    private void requireAtLeast(String option, int value, int least) {
        if (value < least) {
            throw new ParameterException(
                    spec.commandLine(), option + " is " + value + ", must be " + least + " or more");
        }
    }

    /**
     * The same on another command line.
     *
     * @param needsSeries whether memory is sampled without the option too
     */
    List<String> arguments(boolean needsSeries) {
        List<String> arguments = new ArrayList<>(
                List.of("--threads=" + threads, "--runs=" + runs, "--warmup=" + warmup, "--alignment=" + alignment));
        if (fresh) {
            arguments.add("--fresh");
        }
        if (check) {
            arguments.add("--check");
        }
        if (explain) {
            arguments.add("--explain");
        }
        if (series || needsSeries) {
            arguments.add("--series");
        }
        return arguments;
    }
}
