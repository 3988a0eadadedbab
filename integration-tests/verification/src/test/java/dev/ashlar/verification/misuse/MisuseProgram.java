package dev.ashlar.verification.misuse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.testkit.LeakLog;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A misuse in a JVM of its own, which must survive it. */
final class MisuseProgram {

    private MisuseProgram() {}

    /**
     * Starts a JVM that tries a misuse on every allocator, and fails if it does not end well.
     *
     * @param misuse what to try
     */
    static void run(Misuse misuse) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        MisuseProgram.class.getName(),
                        misuse.what())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }

    /**
     * Tries one misuse on every allocator.
     *
     * @param args what the misuse does
     */
    public static void main(String[] args) {
        Misuse misuse = Misuse.ofAllocators()
                .filter(each -> each.what().equals(args[0]))
                .findAny()
                .orElseThrow();
        try (LeakLog _ = new LeakLog()) {
            assertThat(misuse.tryEverywhere())
                    .as("allocators that can be misused so")
                    .isPositive();
        }
    }
}
