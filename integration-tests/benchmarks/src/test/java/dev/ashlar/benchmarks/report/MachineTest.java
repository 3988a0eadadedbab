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

    private static final Machine FIRST = machine(2, "short", "abc", "2026-11-29");

    private static Machine machine(int processors, String length, String commit, String date) {
        return new Machine("A CPU", processors, "Linux", "25", length, commit, date, 500);
    }

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
    void mustGoOnAnotherDayWithWhatTheFirstRunSaw() throws IOException {
        begin(FIRST);
        assertThat(begin(new Machine("A CPU", 2, "Linux", "25", "short", "abc", "2026-11-30", 700)))
                .isTrue();
        assertThat(Machine.read(directory.resolve("results"))).isEqualTo(FIRST);
    }

    @Test
    void mustRefuseAnotherLengthCommitOrMachine() throws IOException {
        begin(FIRST);
        assertThat(begin(machine(2, "full", "abc", "2026-11-29"))).isFalse();
        assertThat(begin(machine(2, "short", "def", "2026-11-29"))).isFalse();
        assertThat(begin(machine(4, "short", "abc", "2026-11-29"))).isFalse();
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("commit abc", "commit def", "--resume");
    }

    @Test
    void mustNotShowWhatWasNotMeasured() {
        assertThat(FIRST.toString()).endsWith("JDK 25, where a new page takes 500 ns");
        assertThat(new Machine("A CPU", 2, "Linux", "25", "short", "abc", "2026-11-29", 0).toString())
                .endsWith("JDK 25");
    }
}
