package dev.ashlar.benchmarks.suite;

import dev.ashlar.benchmarks.AllocatorBenchmark;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Fork;

/**
 * A new JVM that runs one workload on one allocator, so that the compiler sees only one allocator. It has the JVM
 * options of the JMH benchmarks, and the pages of its heap are touched at the start, so that resident memory grows only
 * by what the allocator and the compiler take. It inherits standard error.
 */
final class SuiteProcess {

    /** What a run takes at most, even in full length on a slow machine. After that it hangs. */
    private static final long LONGEST_MINUTES = 30;

    /** Some libraries need more room for thread-local data than is left when they are loaded after the start. */
    private static final String TUNABLES = "GLIBC_TUNABLES";

    private SuiteProcess() {}

    /**
     * The result of the child.
     *
     * @param exitCode as of this program, or what the system says of a JVM that crashed, or -1 if it hung
     * @param output the lines of its standard output
     */
    record Outcome(int exitCode, List<String> output) {}

    /** Runs the program and waits for its end. */
    static Outcome run(List<String> arguments) throws IOException, InterruptedException {
        Path output = Files.createTempFile("suite", ".out");
        try {
            ProcessBuilder builder = new ProcessBuilder(command(arguments))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .redirectOutput(output.toFile());
            builder.environment().putIfAbsent(TUNABLES, "glibc.rtld.optional_static_tls=16384");
            Process child = builder.start();
            try {
                boolean hasEnded = child.waitFor(LONGEST_MINUTES, TimeUnit.MINUTES);
                List<String> lines = Files.readAllLines(output, StandardCharsets.UTF_8);
                return new Outcome(hasEnded ? child.exitValue() : -1, lines);
            } finally {
                child.destroyForcibly();
            }
        } finally {
            Files.delete(output);
        }
    }

    private static List<String> command(List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(AllocatorBenchmark.class.getAnnotation(Fork.class).jvmArgsAppend()));
        command.add("-XX:+AlwaysPreTouch");
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Suite.class.getName()));
        command.addAll(arguments);
        return command;
    }
}
