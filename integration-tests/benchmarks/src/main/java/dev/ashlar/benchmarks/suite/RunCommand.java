package dev.ashlar.benchmarks.suite;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code suite run}. */
@Command(
        name = "run",
        description = "Runs each workload on each allocator with each number of threads, each time in a new JVM.",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footerHeading = "%n",
        footer = "Exit codes: 0 done, 1 an allocator failed (standard error says how), 2 wrong usage.")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class RunCommand implements Callable<Integer> {

    /** The exit code of a child whose allocator cannot be used here. */
    private static final int UNAVAILABLE = 3;

    private static final JSON JSON_LINES = JSON.std.with(JSON.Feature.WRITE_NULL_PROPERTIES);

    @Spec
    private CommandSpec spec;

    @Option(names = "--workloads", split = ",", paramLabel = "NAME", description = "Only these. Default: all.")
    private List<String> workloads = List.copyOf(Workloads.names());

    @Option(
            names = "--allocators",
            split = ",",
            paramLabel = "NAME",
            description = "Only these: installed strategies and C libraries by their names; netty; void, the workload"
                    + " without an allocator. Default: all.")
    private List<String> allocators = SuiteAllocators.names();

    @Option(
            names = "--threads",
            split = ",",
            paramLabel = "N",
            defaultValue = "1,2,4,8",
            description = "Numbers of threads (${DEFAULT-VALUE}). A workload that cannot use one is left out for it.")
    private List<Integer> threads;

    @Option(
            names = "--api",
            paramLabel = "API",
            defaultValue = "address",
            description = "address: raw addresses (default); segment: memory segments. netty and void always use"
                    + " addresses.")
    private SuiteAllocators.Api api;

    @Option(
            names = "--check",
            description = "Verify all bytes of all blocks, and that no two overlap. The times then mean little.")
    private boolean check;

    @Option(names = "--short", description = "Rounds of a second or less, three measured (default).")
    private boolean isShort;

    @Option(names = "--full", description = "Rounds of full length, five measured.")
    private boolean isFull;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Of random numbers (${DEFAULT-VALUE}).")
    private long seed;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Write one JSON object a line to this file. By default to standard output.")
    private @Nullable Path json;

    @Option(names = "--no-fork", description = "Run in this JVM, with its options.")
    private boolean inThisJvm;

    @Override
    public Integer call() throws IOException, InterruptedException {
        requireKnown("--workloads", workloads, Workloads.names());
        requireKnown("--allocators", allocators, SuiteAllocators.names());
        threads.stream().filter(number -> number < 1).findFirst().ifPresent(number -> {
            throw new ParameterException(spec.commandLine(), "--threads is " + number + ", must be 1 or more");
        });
        if (isShort && isFull) {
            throw new ParameterException(spec.commandLine(), "--short and --full exclude each other");
        }
        if (json == null) {
            return runAll(spec.commandLine().getOut());
        }
        try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(json, StandardCharsets.UTF_8))) {
            return runAll(out);
        }
    }

    private void requireKnown(String option, List<String> names, Collection<String> known) {
        for (String name : names) {
            if (!known.contains(name)) {
                throw new ParameterException(
                        spec.commandLine(), option + " is '" + name + "', must be among " + String.join(", ", known));
            }
        }
    }

    private int runAll(PrintWriter out) throws IOException, InterruptedException {
        PrintWriter err = spec.commandLine().getErr();
        if (!inThisJvm) {
            SuiteAllocators.leftOut().forEach(reason -> err.println("Left out: " + reason + "."));
        }
        Set<String> unavailable = new HashSet<>();
        int exitCode = ExitCode.OK;
        for (SuiteRun run : runs(err)) {
            if (unavailable.contains(run.allocator())) {
                continue;
            }
            int code = inThisJvm ? runHere(run, out, err) : runForked(run, out, err);
            if (code == UNAVAILABLE && !inThisJvm) {
                unavailable.add(run.allocator());
            } else if (code != ExitCode.OK) {
                exitCode = code;
            }
        }
        return exitCode;
    }

    /** All of them: for each workload and number of threads one allocator after the other, as they are compared. */
    private List<SuiteRun> runs(PrintWriter err) {
        Length length = isFull ? Length.FULL : Length.SHORT;
        List<SuiteRun> runs = new ArrayList<>();
        for (String name : workloads) {
            Workload workload = Workloads.find(name, length);
            for (int number : threads) {
                if (workload == null || number > workload.mostThreads()) {
                    err.println("Left out: " + name + " with " + number + " threads, which it cannot use.");
                    continue;
                }
                for (String allocator : allocators) {
                    runs.add(new SuiteRun(
                            name,
                            workload,
                            allocator,
                            SuiteAllocators.api(allocator, api),
                            number,
                            isFull ? 3 : 1,
                            isFull ? 5 : 3,
                            check && !SuiteAllocators.isVoid(allocator),
                            seed));
                }
            }
        }
        return runs;
    }

    private static int runHere(SuiteRun run, PrintWriter out, PrintWriter err)
            throws IOException, InterruptedException {
        RawAllocator opened;
        try {
            opened = SuiteAllocators.open(run.allocator(), run.api());
        } catch (RuntimeException | LinkageError e) {
            err.println("Left out: " + run.allocator() + " cannot be used here: " + e.getMessage());
            return UNAVAILABLE;
        }
        try {
            Map<String, @Nullable Object> result = run.measure(opened);
            out.println(JSON_LINES.asString(result));
            out.flush();
            return ExitCode.OK;
        } catch (CheckFailure e) {
            err.println("FAILED: " + e.getMessage());
            return ExitCode.SOFTWARE;
        } finally {
            opened.close();
        }
    }

    private int runForked(SuiteRun run, PrintWriter out, PrintWriter err) throws IOException, InterruptedException {
        long start = System.nanoTime();
        List<String> arguments = new ArrayList<>(List.of(
                "run",
                "--no-fork",
                "--workloads=" + run.name(),
                "--allocators=" + run.allocator(),
                "--threads=" + run.threads(),
                "--api=" + run.api(),
                "--seed=" + run.seed(),
                isFull ? "--full" : "--short"));
        if (run.isChecked()) {
            arguments.add("--check");
        }
        SuiteProcess.Outcome outcome = SuiteProcess.run(arguments);
        if (outcome.exitCode() == ExitCode.OK) {
            String line = outcome.output().getLast(); // JVM options can print lines before
            out.println(line);
            out.flush();
            err.println(run + ": " + summary(JSON_LINES.mapFrom(line))
                    + String.format(Locale.ROOT, " (%.1f s)", (System.nanoTime() - start) / 1e9));
        } else if (outcome.exitCode() != ExitCode.SOFTWARE && outcome.exitCode() != UNAVAILABLE) {
            err.println("FAILED: " + run + ": its JVM "
                    + (outcome.exitCode() < 0 ? "hung" : "ended with exit code " + outcome.exitCode()));
            return ExitCode.SOFTWARE;
        }
        err.flush();
        return outcome.exitCode();
    }

    /** The times of the rounds, and the memory. */
    private static String summary(Map<String, Object> result) {
        StringBuilder summary = new StringBuilder();
        for (Object nanos : (List<?>) result.getOrDefault("nanosPerOperation", List.of())) {
            summary.append(String.format(Locale.ROOT, "%.1f ", ((Number) nanos).doubleValue()));
        }
        summary.append("ns");
        if (result.get("committedOverRequested") instanceof Number ratio) {
            summary.append(String.format(Locale.ROOT, ", %.2f committed over requested", ratio.doubleValue()));
        }
        return summary.toString();
    }
}
