package dev.ashlar.benchmarks.report;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Where and when a run was made. Results of different machines, JDKs, lengths or commits must not be on one page.
 *
 * @param cpu the processor's name
 * @param processors how many of them this JVM may use
 * @param system the operating system
 * @param java the JDK
 * @param length {@code short} or {@code full}
 * @param commit what was measured
 * @param date when the run began
 * @param newPageNanos what the first touch of a page took then. Some virtual machines take fifty times as long as
 *     others, and whoever gives memory back touches new pages more often. 0 if that was not measured
 */
record Machine(
        String cpu,
        int processors,
        String system,
        String java,
        String length,
        String commit,
        String date,
        long newPageNanos) {

    /** Its file in the directory of results. */
    static final String FILE = "machine.json";

    private static final int TOUCH_ROUNDS = 5;
    private static final long TOUCHED_BYTES = 32 << 20;
    private static final long PAGE = 4096;

    /**
     * Writes the file of a run that begins, or verifies that of a run that goes on.
     *
     * @param arguments the directory of the results, the length of the run, and the commit
     * @throws IOException if the file cannot be read or written
     */
    public static void main(String... arguments) throws IOException {
        if (!begin(Path.of(arguments[0]), now(arguments[1], arguments[2]), System.err)) {
            System.exit(1);
        }
    }

    /** Whether a run may write to a directory: one that is new, or has results of the same machine and commit. */
    static boolean begin(Path directory, Machine now, PrintStream err) throws IOException {
        Path file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            Files.createDirectories(directory);
            Files.writeString(
                    file, JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(now) + "\n");
            return true;
        }
        Machine then = read(directory);
        if (then.equals(now.begunAt(then))) {
            return true;
        }
        err.println(directory + " has results of " + then + ", this run would be " + now
                + ". Start it again without --resume, or with another --results.");
        return false;
    }

    /** The same, with what may differ when a run goes on. */
    private Machine begunAt(Machine then) {
        return new Machine(cpu, processors, system, java, length, commit, then.date, then.newPageNanos);
    }

    private static Machine now(String length, String commit) throws IOException {
        return new Machine(
                cpuName(),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.name") + " " + System.getProperty("os.arch"),
                Runtime.version().toString(),
                length,
                commit,
                LocalDate.now(ZoneOffset.UTC).toString(),
                newPage());
    }

    /** The least of a few rounds that touch pages which the C library has just taken from the system. */
    private static long newPage() {
        long least = Long.MAX_VALUE;
        for (int round = 0; round < TOUCH_ROUNDS; round++) {
            long begun = System.nanoTime();
            try (Arena arena = Arena.ofConfined()) {
                arena.allocate(TOUCHED_BYTES); // writes zeros
                least = Math.min(least, System.nanoTime() - begun);
            }
        }
        return least / (TOUCHED_BYTES / PAGE);
    }

    /** The name as Linux has it; elsewhere the architecture is all that is known. */
    private static String cpuName() throws IOException {
        Path info = Path.of("/proc/cpuinfo");
        if (!Files.exists(info)) {
            return System.getProperty("os.arch");
        }
        try (Stream<String> lines = Files.lines(info)) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(System.getProperty("os.arch"));
        }
    }

    /** Reads the file of a directory. */
    static Machine read(Path directory) throws IOException {
        return JSON.std.beanFrom(Machine.class, Files.readString(directory.resolve(FILE)));
    }

    /** A line of the page. */
    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "a %s run of commit %s on %s, on %s, %d processors, %s, JDK %s%s",
                length,
                commit,
                date,
                cpu,
                processors,
                system,
                java,
                newPageNanos == 0 ? "" : String.format(Locale.ROOT, ", where a new page takes %,d ns", newPageNanos));
    }
}
