package org.apache.arrow.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** {@code new RootAllocator()} in a JVM of its own that has the packaged jars. */
class DefaultMemoryIT {

    private record Outcome(int exitCode, String output) {}

    /** Failsafe's class path has the jar of this module, not its classes. */
    private static Outcome run(String withoutJar, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(options));
        String classPath = Arrays.stream(
                        System.getProperty("java.class.path", "").split(File.pathSeparator))
                .filter(entry -> !entry.contains(withoutJar))
                .collect(Collectors.joining(File.pathSeparator));
        command.addAll(List.of("-cp", classPath, DefaultMemoryProgram.class.getName()));
        Process program = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(program.waitFor(), output);
    }

    @Test
    void mustFindAshlarWithoutAFlag() throws Exception {
        Outcome outcome = run("no such jar");
        assertThat(outcome.output)
                .contains("read 42", "blocks 1", "bytes 1024", "left 0")
                .containsPattern("found at \\S*/ashlar-arrow-memory-core-[^/]*\\.jar");
        assertThat(outcome.exitCode).isZero();
    }

    /** What Arrow itself does by Unsafe is Arrow's, and the JDK names it. */
    @Test
    void mustLeaveTheOnlyWarningToArrow() throws Exception {
        assertThat(run("no such jar").output.lines().filter(line -> line.startsWith("WARNING")))
                .isNotEmpty()
                .allMatch(line -> line.contains("sun.misc.Unsafe") || line.contains("org.apache.arrow.memory"));
        assertThat(run("no such jar", "--sun-misc-unsafe-memory-access=allow").output)
                .doesNotContain("WARNING");
    }

    @Test
    void mustSayWhatIsMissingWithoutAStrategy() throws Exception {
        Outcome outcome = run("slab");
        assertThat(outcome.exitCode).isNotZero();
        assertThat(outcome.output).contains("ProviderException", "ashlar-");
    }
}
