package dev.ashlar.api.compose;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An arena over an allocator in a JVM that refuses native access, warns of it, or grants it. */
class NativeAccessTest {

    private static final String DENY = "--illegal-native-access=deny";
    private static final String MODULE = "dev.ashlar.api";

    @Test
    void mustNameTheFlagOnTheClassPath() throws Exception {
        assertRefused(onClassPath(DENY), "--enable-native-access=ALL-UNNAMED.");
    }

    @Test
    void mustNameTheFlagOnTheModulePath() throws Exception {
        assertRefused(onModulePath(DENY), "--enable-native-access=" + MODULE + ".");
    }

    private static void assertRefused(List<String> lines, String flag) {
        assertThat(lines).hasSize(4);
        assertThat(lines.get(0)).startsWith("CONFINED refused: ").endsWith(flag);
        assertThat(lines.get(1)).isEqualTo("0 calls, 0 live");
        assertThat(lines.get(2)).startsWith("SHARED refused: ").endsWith(flag);
        assertThat(lines.get(3)).isEqualTo("0 calls, 0 live");
    }

    @Test
    void mustServeWithTheFlagAndNoWarning() throws Exception {
        assertServed(onClassPath(DENY, "--enable-native-access=ALL-UNNAMED"), 0);
        assertServed(onModulePath(DENY, "--enable-native-access=" + MODULE), 0);
    }

    @Test
    void mustServeWithOneWarningOfTheJdkWhereNothingIsSaid() throws Exception {
        assertServed(onClassPath("--illegal-native-access=warn"), 1);
    }

    private static void assertServed(List<String> lines, int warnings) {
        assertThat(lines).contains("CONFINED served 8", "SHARED served 8");
        assertThat(lines.stream().filter(line -> line.contains("A restricted method")))
                .hasSize(warnings);
    }

    private static List<String> onClassPath(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path", ""), ArenaProgram.class.getName()));
        return run(command);
    }

    private static List<String> onModulePath(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(options));
        command.addAll(List.of("--module-path", location(Allocators.class)));
        command.addAll(List.of("--patch-module", MODULE + "=" + location(ArenaProgram.class)));
        command.addAll(List.of("-m", MODULE + "/" + ArenaProgram.class.getName()));
        return run(command);
    }

    private static String location(Class<?> type) {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath())
                .toString();
    }

    /** The lines that the program writes, and those of the JVM. */
    private static List<String> run(List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home", ""), "bin", "java").toString());
        command.addAll(arguments);
        Process jvm = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            String output = new String(jvm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(jvm.waitFor()).as(output).isZero();
            return output.lines().toList();
        } finally {
            jvm.destroy();
        }
    }
}
