package dev.ashlar.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which runs may go on in a directory that has results. */
class MachineTest {

    private static final Machine FIRST = new Machine("A CPU", 2, "Linux", "25", "short", "abc", "2026-11-29");

    @TempDir
    private Path directory;

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private boolean begin(Machine machine) throws IOException {
        return Machine.begin(directory.resolve("results"), machine, new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @Test
    void mustRememberTheMachineOfTheFirstRun() throws IOException {
        assertThat(begin(FIRST)).isTrue();
        assertThat(Machine.read(directory.resolve("results"))).isEqualTo(FIRST);
    }

    @Test
    void mustGoOnAnotherDayWithTheDateOfTheFirst() throws IOException {
        begin(FIRST);
        assertThat(begin(new Machine("A CPU", 2, "Linux", "25", "short", "abc", "2026-11-30")))
                .isTrue();
        assertThat(Machine.read(directory.resolve("results"))).isEqualTo(FIRST);
    }

    @Test
    void mustRefuseAnotherLengthCommitOrMachine() throws IOException {
        begin(FIRST);
        assertThat(begin(new Machine("A CPU", 2, "Linux", "25", "full", "abc", "2026-11-29")))
                .isFalse();
        assertThat(begin(new Machine("A CPU", 2, "Linux", "25", "short", "def", "2026-11-29")))
                .isFalse();
        assertThat(begin(new Machine("A CPU", 4, "Linux", "25", "short", "abc", "2026-11-29")))
                .isFalse();
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("commit abc", "commit def", "--resume");
    }
}
