package dev.ashlar.benchmarks;

import com.sun.management.ThreadMXBean;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.DoubleSupplier;
import java.util.function.ToDoubleFunction;

/**
 * Prints the memory of a component store and a {@code HashMap<Integer, Record>} for one thing, and the time of a scan
 * and of a lookup for one thing. Times are the median of a few rounds in one JVM; {@link ComponentBenchmark} measures
 * them more exactly.
 */
public final class ComponentReport {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** The number of things to read before the measurement, so that the code is compiled. */
    private static final int WARM_UP = 20_000_000;

    private static final int ROUNDS = 15;

    private ComponentReport() {}

    /**
     * Prints the table.
     *
     * @param counts numbers of things, or none for 10,000 and 1,000,000
     */
    public static void main(String[] counts) {
        int[] numbers = counts.length == 0
                ? new int[] {10_000, 1_000_000}
                : Arrays.stream(counts).mapToInt(Integer::parseInt).toArray();
        print(System.out, numbers, WARM_UP);
    }

    static void print(PrintStream out, int[] counts, int warmUp) {
        out.println("| entities | added | held in | bytes per entity | ns per entity, scan | ns per entity, by id |");
        out.println("|---|---|---|---|---|---|");
        for (int count : counts) {
            for (boolean inOrder : new boolean[] {true, false}) {
                print(out, count, inOrder, warmUp);
            }
        }
    }

    private static void print(PrintStream out, int count, boolean inOrder, int warmUp) {
        try (Components components = new Components(count, inOrder)) {
            components.fillStore();
            long grown = components.storeBytes();
            components.trimStore();
            long before = THREADS.getCurrentThreadAllocatedBytes();
            components.fillMap(); // it has its final size from the start, so it leaves no garbage
            long objects = THREADS.getCurrentThreadAllocatedBytes() - before;
            String where = String.format(Locale.ROOT, "| %,d | %s |", count, inOrder ? "in order" : "at random");
            ToDoubleFunction<DoubleSupplier> time = work -> nanosPerThing(work, count, warmUp);
            out.printf(
                    Locale.ROOT,
                    "%s `ComponentStore` | %.1f (%.1f before `trimToSize`) | %.2f (%.2f by slices) | %.1f |%n",
                    where,
                    (double) components.storeBytes() / count,
                    (double) grown / count,
                    time.applyAsDouble(components::scanStore),
                    time.applyAsDouble(components::scanStoreBySlices),
                    time.applyAsDouble(components::findInStore));
            out.printf(
                    Locale.ROOT,
                    "%s `HashMap<Integer, Record>` | %.1f | %.2f | %.1f |%n",
                    where,
                    (double) objects / count,
                    time.applyAsDouble(components::scanMap),
                    time.applyAsDouble(components::findInMap));
        }
    }

    private static double nanosPerThing(DoubleSupplier work, int count, int warmUp) {
        double expected = work.getAsDouble();
        for (int done = 0; done < warmUp; done += count) {
            require(expected, work.getAsDouble());
        }
        int times = Math.max(1, warmUp / count / ROUNDS);
        double[] nanos = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            long start = System.nanoTime();
            for (int i = 0; i < times; i++) {
                require(expected, work.getAsDouble());
            }
            nanos[round] = (double) (System.nanoTime() - start) / times / count;
        }
        Arrays.sort(nanos);
        return nanos[ROUNDS / 2];
    }

    /** Uses a sum, so that the compiler cannot remove the scan. */
    private static void require(double expected, double sum) {
        if (sum != expected) {
            throw new AssertionError("a scan summed up to " + sum + ", the one before to " + expected);
        }
    }
}
