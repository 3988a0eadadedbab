package dev.ashlar.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** The packaged program, started as users start it. */
class AshlarJarIT {

    private static final Path JAR = Path.of("target", "ashlar.jar");

    @TempDir
    private Path folder;

    private Run ashlar(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:TieredStopAtLevel=1"); // most of a run is over before more is gained
        command.add("-jar");
        command.add(JAR.toAbsolutePath().toString());
        command.addAll(List.of(arguments));
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        if (!process.waitFor(5, TimeUnit.MINUTES)) {
            process.destroyForcibly();
        }
        return new Run(
                process.waitFor(),
                Files.readString(out, StandardCharsets.UTF_8),
                Files.readString(err, StandardCharsets.UTF_8));
    }

    /** Replays the first of the traces, and the others in a long test. */
    private Run replay(String strategy, String option, String... traces) throws Exception {
        List<String> arguments = new ArrayList<>();
        arguments.addAll(List.of("replay", "--check", "--json", "--runs=1", "--warmup=0", option));
        arguments.add("--strategies=" + strategy);
        boolean isLong = System.getProperty("ashlar.tests", "short").equals("long");
        List<String> replayed = List.of(traces).subList(0, isLong ? traces.length : 1);
        arguments.addAll(replayed);
        Run run = ashlar(arguments.toArray(String[]::new));
        assertThat(run.warnings()).isEmpty();
        assertThat(run.exitCode()).isZero();
        assertThat(run.lines()).hasSameSizeAs(replayed);
        return run;
    }

    @Test
    void mustServeBundledTracesFromSlabs() throws Exception {
        serveFromSlabs(replay("slab", "--api=address", "sqlite-small", "python-small"), 0.017);
    }

    @Test
    @EnabledIfSystemProperty(named = "ashlar.tests", matches = "long") // the threads wait for each other at each event
    void mustServeBundledTracesFromSlabsOnTwoThreads() throws Exception {
        serveFromSlabs(replay("slab", "--threads=2", "python-small", "sqlite-small"), 0.02);
    }

    private static void serveFromSlabs(Run run, double mostMetadata) throws IOException {
        for (String line : run.lines()) {
            Result slab = JsonWriter.read(line);
            assertThat(slab.refused()).isZero();
            assertThat(slab.misuse()).isZero();
            assertThat(slab.hitRate()).isGreaterThan(0.99);
            // Slabs of a few megabytes are small, so that less is unused than their bookkeeping takes; two threads have
            // more.
            assertThat(slab.metadata()).isLessThan(mostMetadata);
            assertThat(slab.nsPerEvent()).isPositive();
        }
    }

    @Test
    void mustServeBundledTracesInFramesOfAnArena() throws Exception {
        Run run = replay("arena", "--api=segment", "sqlite-small", "python-small");

        for (String line : run.lines()) {
            Result arena = JsonWriter.read(line);
            assertThat(arena.refused()).isZero();
            assertThat(arena.misuse()).isZero();
            assertThat(arena.frames()).isPositive();
        }
    }

    @Test
    void mustPrintBothBaselinesAndNothingElseOnStandardOutput() throws Exception {
        Run run = ashlar("replay", "--json", "--strategies=malloc,jdk", "--runs=1", "--warmup=0", "sqlite-small");

        assertThat(run.warnings()).as("no warning about native access").isEmpty();
        assertThat(run.exitCode()).isZero();
        assertThat(run.lines())
                .hasSize(2)
                .allMatch(line -> line.startsWith("{\"trace\":\"sqlite-small\",\"strategy\":"));
    }

    @Test
    void mustListTheStrategiesInTheJar() throws Exception {
        Run run = ashlar("strategies");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).contains("slab 0.", "arena 0.", "AddressAllocator", "ashlar.jar");
        assertThat(ashlar("--version").out()).startsWith("ashlar 0.");
    }

    @Test
    void mustEndWithCodeTwoOnATruncatedTrace() throws Exception {
        Path cut = Files.writeString(folder.resolve("cut.trace"), "a 0 8\na 1");
        Run run = ashlar("replay", "--json", cut.toString());
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().strip()).isEqualTo("replay: " + cut + ":2: the file ends within this line: 'a 1'");
    }
}
