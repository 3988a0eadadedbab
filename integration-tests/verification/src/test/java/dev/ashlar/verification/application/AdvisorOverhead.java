package dev.ashlar.verification.application;

import dev.ashlar.insight.gc.GcAdvisor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Measures what a {@link GcAdvisor} costs a program that allocates on all processors. Rounds with and without it
 * alternate, and each does the same work, so that what slows the machine for a while slows both. It takes the number of
 * pairs of rounds, and the milliseconds of a round.
 *
 * <p>It prints the time with the advisor / the time without it: the median of the pairs with a 95 % interval, and the
 * quartiles of the pairs. Advice is asked for once a round.
 */
final class AdvisorOverhead {

    private static final int THREADS = Runtime.getRuntime().availableProcessors();

    /** So that no object is left out by the compiler. */
    private static final Object[] KEPT = new Object[1];

    private AdvisorOverhead() {}

    public static void main(String[] arguments) throws InterruptedException {
        int pairs = Integer.parseInt(arguments[0]);
        double millis = Double.parseDouble(arguments[1]);
        long steps = 1000;
        for (int i = 0; i < 8; i++) { // warms up, and finds the work of a round
            steps = Math.max(1000, (long) (steps * millis * 1e6 / round(steps)));
        }
        List<Double> ratios = new ArrayList<>();
        for (int pair = 0; pair < pairs; pair++) {
            long first = pair % 2 == 0 ? advisedRound(steps) : round(steps);
            long second = pair % 2 == 0 ? round(steps) : advisedRound(steps);
            ratios.add(pair % 2 == 0 ? (double) first / second : (double) second / first);
        }
        print(ratios);
    }

    private static long advisedRound(long steps) throws InterruptedException {
        try (GcAdvisor advisor = GcAdvisor.start()) {
            long nanos = round(steps);
            KEPT[0] = advisor.advise();
            return nanos;
        }
    }

    /** The nanoseconds that all threads together take for their work. */
    private static long round(long steps) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(THREADS);
        long start = System.nanoTime();
        for (int thread = 0; thread < THREADS; thread++) {
            Thread.ofPlatform().start(() -> {
                for (long step = 0; step < steps; step++) {
                    request(step, 10);
                }
                done.countDown();
            });
        }
        done.await();
        return System.nanoTime() - start;
    }

    /** A request of a server, some calls deep: small objects, text, and now and then a large buffer. */
    private static Object request(long number, int depth) {
        if (depth > 0) {
            Object inner = request(number, depth - 1);
            return inner instanceof List<?> list && list.isEmpty() ? number : inner;
        }
        List<String> fields = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            fields.add("field " + (number + i));
        }
        byte[] body = new byte[(int) (200 + number % 2000)];
        Arrays.fill(body, 0, 100, (byte) number);
        KEPT[0] = number % 1000 == 0 ? new byte[300_000] : body;
        return fields;
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
                "%d pairs: median %.4f (95 %%: %.4f to %.4f), quartiles %.4f and %.4f",
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
