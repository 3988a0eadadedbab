package dev.ashlar.verification.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.spi.AllocatorProviders;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A JVM without options: no warning, no {@code Unsafe}, and no package opened to Ashlar. */
class PlainJvmTest {

    @TempDir
    Path temp;

    /** Neither of the JDK, about native access or Unsafe, nor of a logger. */
    @Test
    void mustWriteNothingToStandardErrorWithTheDefaultSource() throws Exception {
        Outcome outcome = run(EveryStrategy.class, List.of());
        assertThat(outcome.errors).isEmpty();
        assertThat(outcome.lines)
                .containsExactlyElementsOf(AllocatorProviders.installed().keySet());
    }

    @Test
    void mustNeedNoNativeAccessWithTheDefaultSource() throws Exception {
        Outcome outcome = run(
                EveryStrategy.class, List.of("--illegal-native-access=deny", "--sun-misc-unsafe-memory-access=deny"));
        assertThat(outcome.errors).isEmpty();
        assertThat(outcome.lines).hasSize(AllocatorProviders.installed().size());
    }

    private record Outcome(List<String> lines, List<String> errors) {}

    private Outcome run(Class<?> program, List<String> options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home", ""), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path", "." + File.separator), program.getName()));
        File output = temp.resolve("output").toFile();
        File errors = temp.resolve("errors").toFile();
        Process jvm = new ProcessBuilder(command)
                .redirectOutput(output)
                .redirectError(errors)
                .start();
        try {
            int exitCode = jvm.waitFor();
            List<String> lines = Files.readAllLines(output.toPath());
            assertThat(exitCode)
                    .as("%s%n%s", lines, Files.readString(errors.toPath()))
                    .isZero();
            return new Outcome(lines, Files.readAllLines(errors.toPath()));
        } finally {
            jvm.destroy();
        }
    }
}
