package dev.ashlar.verification.application;

import com.sun.management.OperatingSystemMXBean;
import dev.ashlar.insight.gc.GcAdvice;
import dev.ashlar.insight.gc.GcAdvisor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Measures what a {@link GcAdvisor} costs a program that allocates on all processors. Two JVMs run at a time, one with
 * an advisor, and one whose advisor is closed before anything is measured: so the flight recorder's code has run in
 * both, and the compiler has seen the JDK's classes used by it. They do the same work in rounds, in turns, so that what
 * slows the machine for a while slows both. As the compiler does not make the same of a program twice, there are
 * several such pairs of JVMs. What is compared is the processor time of the JVM, so the threads of the flight recorder
 * and of the collector count too.
 *
 * <p>It takes the number of pairs of JVMs, and the rounds of each. It prints the time with the advisor / the time
 * without it after each pair: its median, and the median of all pairs so far with a 95 % interval.
 */
final class AdvisorOverhead implements AutoCloseable {

    private static final int THREADS = Runtime.getRuntime().availableProcessors();

    /** About half a second for each thread: processor time is counted in hundredths of a second. */
    private static final int REQUESTS = 2_000_000;

    /** Until the program and the recorder's own code are compiled. */
    private static final int WARMUP = 60;

    /**
     * What the program keeps and changes. G1's refinement thread does not run before a program writes to old objects.
     * Such a program would pay for that thread as soon as the recorder itself writes to some.
     */
    private static final AtomicReferenceArray<List<String>> SESSIONS = new AtomicReferenceArray<>(20_000);

    private final Process jvm;
    private final BufferedReader times;

    private AdvisorOverhead(boolean isAdvised) throws IOException {
        jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xms512m",
                        "-Xmx512m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        AdvisorOverhead.class.getName(),
                        String.valueOf(isAdvised))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        times = new BufferedReader(new InputStreamReader(jvm.getInputStream(), StandardCharsets.UTF_8));
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        if (arguments.length == 1) {
            work(Boolean.parseBoolean(arguments[0]));
            return;
        }
        double[] pairs = new double[Integer.parseInt(arguments[0])];
        for (int pair = 0; pair < pairs.length; pair++) {
            double[] ratios = new double[Integer.parseInt(arguments[1])];
            try (AdvisorOverhead advised = new AdvisorOverhead(true);
                    AdvisorOverhead alone = new AdvisorOverhead(false)) {
                for (int round = -WARMUP; round < ratios.length; round++) {
                    double with = advised.round();
                    double without = alone.round();
                    if (round >= 0) {
                        ratios[round] = with / without;
                    }
                }
            }
            pairs[pair] = median(ratios);
            print(Arrays.copyOf(pairs, pair + 1));
        }
    }

    private double round() throws IOException {
        jvm.getOutputStream().write('\n');
        jvm.getOutputStream().flush();
        return Double.parseDouble(times.readLine());
    }

    /** Ends the JVM, whose input ends. */
    @Override
    public void close() throws IOException {
        jvm.getOutputStream().close();
    }

    /** A JVM: does a round for each line that comes in, and prints the processor time in nanoseconds. */
    private static void work(boolean isAdvised) throws IOException, InterruptedException {
        OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        GcAdvisor advisor = GcAdvisor.start();
        try {
            Reader turns = new InputStreamReader(System.in, StandardCharsets.UTF_8);
            for (int round = 1; turns.read() >= 0; round++) {
                long before = system.getProcessCpuTime();
                runOnAllThreads();
                boolean isWarm = round == WARMUP / 2;
                if (isWarm || (isAdvised && round % WARMUP == 0)) { // seldom, as the optimizer asks for it
                    GcAdvice _ = advisor.advise();
                }
                if (isWarm && !isAdvised) {
                    advisor.close();
                }
                System.out.println(system.getProcessCpuTime() - before);
            }
        } finally {
            advisor.close();
        }
    }

    private static void runOnAllThreads() throws InterruptedException {
        CountDownLatch done = new CountDownLatch(THREADS);
        for (int thread = 0; thread < THREADS; thread++) {
            Thread.ofPlatform().start(() -> {
                Object[] kept = new Object[2]; // so that no object is left out by the compiler
                for (int number = 0; number < REQUESTS; number++) {
                    request(number, 10, kept);
                }
                done.countDown();
            });
        }
        done.await();
    }

    /** A request of a server, some calls deep: small objects, text, sometimes a session or a large buffer. */
    private static void request(int number, int depth, Object[] kept) {
        if (depth > 0) {
            request(number, depth - 1, kept);
            return;
        }
        List<String> fields = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            fields.add("field " + (number + i));
        }
        kept[1] = fields;
        if (number % 64 == 0) {
            SESSIONS.lazySet(ThreadLocalRandom.current().nextInt(SESSIONS.length()), fields);
        }
        byte[] body = new byte[200 + number % 2000];
        Arrays.fill(body, 0, 100, (byte) number);
        kept[0] = number % 1000 == 0 ? new byte[300_000] : body;
    }

    private static void print(double[] pairs) {
        double[] medians = new double[2000];
        Arrays.setAll(medians, _ -> median(resampled(pairs))); // the bootstrap
        Arrays.sort(medians);
        System.out.println(String.format(
                Locale.ROOT,
                "pair %d: %.4f; median of all: %.4f (95 %%: %.4f to %.4f)",
                pairs.length,
                pairs[pairs.length - 1],
                median(pairs),
                medians[medians.length / 40],
                medians[medians.length - 1 - medians.length / 40]));
    }

    private static double[] resampled(double[] values) {
        double[] sample = new double[values.length];
        Arrays.setAll(sample, _ -> values[ThreadLocalRandom.current().nextInt(values.length)]);
        return sample;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }
}
