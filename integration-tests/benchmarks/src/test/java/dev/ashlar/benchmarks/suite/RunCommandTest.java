package dev.ashlar.benchmarks.suite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class RunCommandTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        CommandLine program =
                Suite.commandLine().setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        return program.execute(arguments);
    }

    @Test
    void mustWriteAnObjectForEachRun(@TempDir Path directory) throws IOException {
        Path file = directory.resolve("suite.json");
        assertThat(run(
                        "run",
                        "--no-fork",
                        "--workloads=micro",
                        "--allocators=slab,void",
                        "--threads=1,2",
                        "--json=" + file))
                .isZero();
        List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSize(2);
        assertThat(JSON.std.mapFrom(lines.getFirst()))
                .containsEntry("workload", "micro")
                .containsEntry("allocator", "slab")
                .containsEntry("api", "address")
                .containsEntry("threads", 1)
                .containsEntry("checked", false)
                .containsKeys("parameters", "operations", "p50", "p99", "p999", "peakCommitted", "peakRequested")
                .containsKeys("committedOverRequested", "residentPeak", "heapBytesPerOperation", "javaVersion", "cpu")
                .containsKey("date")
                .hasEntrySatisfying(
                        "nanosPerOperation",
                        rounds -> assertThat(rounds).asInstanceOf(LIST).hasSize(3))
                .hasEntrySatisfying(
                        "operationsPerSecond",
                        rounds -> assertThat(rounds).asInstanceOf(LIST).hasSize(3))
                .hasEntrySatisfying(
                        "seconds",
                        rounds -> assertThat(rounds).asInstanceOf(LIST).hasSize(3));
        assertThat(JSON.std.mapFrom(lines.getLast()))
                .containsEntry("allocator", "void")
                .containsEntry("checked", false);
        assertThat(err.toString()).contains("Left out: micro with 2 threads, which it cannot use.");
    }

    @Test
    void mustSayWhichNamesThereAre() {
        assertThat(run("run", "--workloads=larsen")).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(err.toString()).contains("--workloads is 'larsen', must be among larson, xmalloc,");
        assertThat(run("run", "--allocators=slob")).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(err.toString())
                .contains("--allocators is 'slob', must be among adaptive, buddy,")
                .doesNotContain("arena");
    }

    @Test
    void mustRefuseContradictions() {
        assertThat(run("run", "--short", "--full")).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(err.toString()).contains("--short and --full exclude each other");
        assertThat(run("run", "--threads=0")).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(err.toString()).contains("--threads is 0, must be 1 or more");
    }

    @Test
    void mustSayWhatThereIsToDo() {
        assertThat(run()).isEqualTo(CommandLine.ExitCode.USAGE);
        assertThat(err.toString()).contains("There are: run, cache");
    }

    @Test
    void mustSayWhatACacheCostsTheHeap() {
        assertThat(run("cache", "--values=ashlar", "--fill=4", "--seconds=1")).isZero();
        assertThat(out.toString())
                .contains("ASHLAR: 4096 values of 1024 bytes")
                .contains("found 100.0 %")
                .contains("pauses");
    }
}
