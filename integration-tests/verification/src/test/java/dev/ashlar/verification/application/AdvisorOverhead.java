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

/**
 * Measures what a {@link GcAdvisor} costs a program that allocates on all processors. Two JVMs run at a time, one with
 * an advisor. They do the same work in rounds, in turns, so that what slows the machine for a while slows both. As the
 * compiler does not make the same of a program twice, there are several such pairs of JVMs. What is compared is the
 * processor time of the JVM, so the threads of the flight recorder and of the collector count too.
 *
 * <p>It takes the number of pairs of JVMs, and the rounds of each. It prints the time with the advisor / the time
 * without it: the median of all rounds with a 95 % interval, and their quartiles.
 */
final class AdvisorOverhead implements AutoCloseable {

    private static final int THREADS = Runtime.getRuntime().availableProcessors();

    /** About half a second for each thread: processor time is counted in hundredths of a second. */
    private static final int REQUESTS = 2_000_000;

    /** Until the program and the recorder's own code are compiled. */
    private static final int WARMUP = 60;

    private final Process jvm;
    private final BufferedReader times;

    private AdvisorOverhead(boolean isAdvised) throws IOException {
        jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
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
        List<Double> ratios = new ArrayList<>();
        for (int pair = 0; pair < Integer.parseInt(arguments[0]); pair++) {
            try (AdvisorOverhead advised = new AdvisorOverhead(true);
                    AdvisorOverhead alone = new AdvisorOverhead(false)) {
                for (int round = -WARMUP; round < Integer.parseInt(arguments[1]); round++) {
                    double with = advised.round();
                    double without = alone.round();
                    if (round >= 0) {
                        ratios.add(with / without);
                    }
                }
            }
            print(ratios);
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
        try (GcAdvisor advisor = isAdvised ? GcAdvisor.start() : null) {
            Reader turns = new InputStreamReader(System.in, StandardCharsets.UTF_8);
            for (int round = 1; turns.read() >= 0; round++) {
                long before = system.getProcessCpuTime();
                runOnAllThreads();
                if (advisor != null && round % WARMUP == 0) { // some seconds of work, as the optimizer asks for it
                    GcAdvice _ = advisor.advise();
                }
                System.out.println(system.getProcessCpuTime() - before);
            }
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

    /** A request of a server, some calls deep: small objects, text, and now and then a large buffer. */
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
        byte[] body = new byte[200 + number % 2000];
        Arrays.fill(body, 0, 100, (byte) number);
        kept[0] = number % 1000 == 0 ? new byte[300_000] : body;
    }

    private static void print(List<Double> ratios) {
        double[] sorted = sorted(ratios);
        double[] medians = new double[2000];
        for (int i = 0; i < medians.length; i++) { // the bootstrap
            double[] sample = new double[sorted.length];
            Arrays.setAll(sample, _ -> sorted[ThreadLocalRandom.current().nextInt(sorted.length)]);
            Arrays.sort(sample);
            medians[i] = at(sample, 0.5);
        }
        Arrays.sort(medians);
        System.out.println(String.format(
                Locale.ROOT,
                "%d rounds: median %.4f (95 %%: %.4f to %.4f), quartiles %.4f and %.4f",
                sorted.length,
                at(sorted, 0.5),
                at(medians, 0.025),
                at(medians, 0.975),
                at(sorted, 0.25),
                at(sorted, 0.75)));
    }

    private static double[] sorted(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    }

    private static double at(double[] sorted, double quantile) {
        return sorted[(int) Math.round(quantile * (sorted.length - 1))];
    }
}
