package dev.ashlar.testkit.sizeclass;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.testkit.TestLength;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Runs the {@link EvictionWorkload} in other JVMs. That a waiting thread is between two operations depends on the
 * interpreter, the compilers, and the writes that a handshake makes visible. So it is tested with each of them, and
 * with the barriers of each collector.
 */
public abstract class EvictionInOtherMachines {

    private static final List<List<String>> OPTIONS = List.of(
            List.of("-Xint"),
            List.of("-XX:TieredStopAtLevel=1"),
            List.of("-XX:-TieredCompilation"),
            List.of("-XX:+UseSerialGC"),
            List.of("-XX:+UseParallelGC"),
            List.of("-XX:+UseG1GC"),
            List.of("-XX:+UseZGC"));

    /** For subclasses. */
    protected EvictionInOtherMachines() {}

    /** The provider of the strategy. */
    protected abstract AllocatorProvider provider();

    @TestFactory
    Stream<DynamicTest> mustLoseNothingWhicheverWayTheCodeIsRun() {
        return OPTIONS.stream().map(options -> DynamicTest.dynamicTest(String.join(" ", options), () -> run(options)));
    }

    private void run(List<String> options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElse("java"));
        command.addAll(options);
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(EvictionWorkload.class.getName());
        command.add(provider().name());
        command.add(Integer.toString(TestLength.of(1_000, 60_000)));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor())
                .as("exit of %s, which said: %s", options, output)
                .isZero();
        assertThat(output).contains(" blocks, ");
    }
}
