package dev.ashlar.benchmarks.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JmhRunTest {

    @TempDir
    private Path directory;

    @Test
    void mustWriteAllIterationsForEachNumberOfThreads() throws Exception {
        System.setProperty("jmh.ignoreLock", "true"); // another build may run on this machine
        Path file = directory.resolve("pairs.json");
        JmhRun.main(
                file.toString(),
                "1,2",
                "-f",
                "0",
                "-wi",
                "0",
                "-i",
                "3",
                "-r",
                "5ms",
                "-v",
                "SILENT",
                "-p",
                "size=32",
                "[.]PairBenchmark[.]slabAddress$");
        assertThat(Files.readAllLines(file)).hasSize(2);
        Results results = Results.read(directory);
        assertThat(results.rows("pairs", Map.of())).allSatisfy(row -> {
            assertThat(row.setting())
                    .containsEntry(Row.BENCHMARK, "PairBenchmark")
                    .containsEntry(Row.SUBJECT, "slabAddress")
                    .containsEntry("size", "32")
                    .containsEntry(Row.FIGURE, "ns/op");
            assertThat(row.sample().lowest()).isPositive();
            assertThat(row.sample().median())
                    .isBetween(row.sample().lowest(), row.sample().highest());
        });
        assertThat(results.rows("pairs", Map.of(Row.THREADS, Set.of("1")))).hasSize(1);
        assertThat(results.rows("pairs", Map.of(Row.THREADS, Set.of("2")))).hasSize(1);
    }
}
