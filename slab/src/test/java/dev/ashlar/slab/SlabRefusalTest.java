package dev.ashlar.slab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a request costs other threads before it is refused: counted in handshakes, which the JVM logs. */
class SlabRefusalTest {

    /** Threads wait with slabs of their own. All of a refusal's handshakes are with one thread, which waits anyway. */
    @Test
    void mustFindTheMemoryOfWaitingThreadsWithoutStoppingOthers() throws Exception {
        List<String> output = run();
        List<String> requests =
                output.subList(output.indexOf(RefusalProgram.BEGIN), output.indexOf(RefusalProgram.END));

        assertThat(output).as("1 MiB in blocks of 1 KiB").contains("1024 served");
        assertThat(requests)
                .as("handshakes with each thread, as closing a shared arena needs one")
                .noneMatch(line -> line.contains("CloseScopedMemory"));
        assertThat(requests.stream().filter(line -> line.contains("GetStackTrace")))
                .as("two reads of the stacks of four threads, or more if one is just about to wait")
                .hasSizeGreaterThanOrEqualTo(8)
                .allMatch(line -> line.contains("Targeted threads: 1,"));
    }

    private static List<String> run() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xlog:handshake=info",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        RefusalProgram.class.getName())
                .redirectErrorStream(true)
                .start();
        List<String> output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        assertThat(process.waitFor()).as(output.toString()).isZero();
        return output;
    }
}
