package dev.ashlar.replay;

import com.sun.management.OperatingSystemMXBean;
import dev.ashlar.heap.collected.Algorithm;
import dev.ashlar.heap.collected.CollectionListener;
import dev.ashlar.spi.AllocatorProvider;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;

/**
 * Makes a tenth of a graph garbage in each round: first in rounds that leave it to the collector when it works, then in
 * rounds that each end with a full cycle.
 *
 * <p>A pause is a line {@code Pause ... 1.234ms} on standard output, of this class or of the JVM's log, so that both
 * are measured in one way. Lines between say which part of the work they belong to.
 *
 * @param algorithm of a collected heap; empty for the Java heap
 * @param provider of the allocator of that heap
 * @param objects objects of the graph
 * @param occupancy the share of the limit that they take
 * @param rounds rounds that leave it to the collector
 * @param fullRounds rounds that end with a cycle
 */
record CollectionExperiment(
        Optional<Algorithm> algorithm,
        AllocatorProvider provider,
        int objects,
        double occupancy,
        int rounds,
        int fullRounds) {

    private static final String FREE = "part free";
    private static final String FULL = "part full";
    private static final String END = "part end";
    private static final Pattern PAUSE = Pattern.compile(".*Pause .* ([0-9.]+)ms");
    private static final int GARBAGE_SHARE = 10;
    private static final int CHECKS = 1000;
    private static final long SEED = 1;

    /**
     * What the lines of a run say.
     *
     * @param millionsPerSecond objects made per second, in the rounds that leave it to the collector
     * @param processors processors that were busy meanwhile
     * @param collectedShare the share of the garbage that was free after each of the other rounds; NaN if unknown
     * @param pausedShare the share of the time of the first rounds that was pauses
     * @param freePauses nanoseconds of the pauses in the first rounds
     * @param fullPauses nanoseconds of those in the others
     */
    record Outcome(
            double millionsPerSecond,
            double processors,
            double collectedShare,
            double pausedShare,
            Histogram freePauses,
            Histogram fullPauses) {

        static Outcome read(List<String> lines) {
            Histogram free = new Histogram(3);
            Histogram full = new Histogram(3);
            Histogram pauses = new Histogram(3); // those while the graph is built do not count
            double pausedNanos = 0;
            String[] figures = {};
            for (String line : lines) {
                Matcher matcher = PAUSE.matcher(line);
                if (line.equals(FREE)) {
                    pauses = free;
                } else if (line.equals(FULL)) {
                    pauses = full;
                } else if (line.startsWith(END)) {
                    figures = line.split(" ", -1);
                } else if (matcher.matches()) {
                    double nanos = Double.parseDouble(matcher.group(1)) * 1e6;
                    pauses.recordValue((long) nanos);
                    pausedNanos += pauses == free ? nanos : 0;
                }
            }
            double seconds = Double.parseDouble(figures[3]);
            return new Outcome(
                    Double.parseDouble(figures[2]) / seconds / 1e6,
                    Double.parseDouble(figures[4]) / seconds,
                    Double.parseDouble(figures[5]),
                    pausedNanos / 1e9 / seconds,
                    free,
                    full);
        }
    }

    /** Runs it, and prints the lines. */
    void run(PrintWriter out) {
        List<Long> pauses = new ArrayList<>();
        CollectionListener listener = new CollectionListener() {
            @Override
            public void paused(Duration time) {
                pauses.add(time.toNanos());
            }
        };
        int clusters = objects / GarbageGraph.CLUSTER;
        SplittableRandom random = new SplittableRandom(SEED);
        try (GarbageGraph graph = open(clusters, listener)) {
            for (int slot = 0; slot < clusters; slot++) {
                graph.replace(slot, random.nextBoolean());
            }
            graph.collect();
            print(out, FREE, pauses, false);
            long cpu = cpuNanos();
            long start = System.nanoTime();
            for (int round = 0; round < rounds; round++) {
                replace(graph, clusters, random);
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            double cpuSeconds = (cpuNanos() - cpu) / 1e9;
            print(out, FULL, pauses, true);
            double share = fullRounds(graph, clusters, random);
            for (int i = 0; i < CHECKS; i++) {
                graph.check(random.nextInt(clusters));
            }
            long made = (long) rounds * garbageOfARound(clusters);
            print(
                    out,
                    String.format(Locale.ROOT, "%s %d %.6f %.6f %.6f", END, made, seconds, cpuSeconds, share),
                    pauses,
                    true);
        }
    }

    private GarbageGraph open(int clusters, CollectionListener listener) {
        return algorithm.isEmpty()
                ? new GarbageGraph.OfJava(clusters)
                : new GarbageGraph.OfHeap(provider, algorithm.orElseThrow(), clusters, occupancy, listener);
    }

    /** Objects that a round makes anew. */
    private static int garbageOfARound(int clusters) {
        return clusters / GARBAGE_SHARE * GarbageGraph.CLUSTER;
    }

    /** Makes a tenth of the clusters anew. */
    private static void replace(GarbageGraph graph, int clusters, SplittableRandom random) {
        for (int i = 0; i < clusters / GARBAGE_SHARE; i++) {
            graph.replace(random.nextInt(clusters), random.nextBoolean());
        }
    }

    private double fullRounds(GarbageGraph graph, int clusters, SplittableRandom random) {
        graph.collect();
        double least = Double.POSITIVE_INFINITY;
        for (int round = 0; round < fullRounds; round++) {
            long before = graph.collected();
            replace(graph, clusters, random);
            graph.collect();
            long collected = graph.collected() - before;
            least = Math.min(least, (double) collected / garbageOfARound(clusters));
        }
        return algorithm.isEmpty() ? Double.NaN : least;
    }

    private static void print(PrintWriter out, String part, List<Long> pauses, boolean isToCount) {
        if (isToCount) {
            pauses.forEach(nanos -> out.printf(Locale.ROOT, "Pause of the heap %.6fms%n", nanos / 1e6));
        }
        pauses.clear();
        out.println(part);
        out.flush();
    }

    private static long cpuNanos() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }
}
