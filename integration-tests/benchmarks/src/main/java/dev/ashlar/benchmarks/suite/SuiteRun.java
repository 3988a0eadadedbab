package dev.ashlar.benchmarks.suite;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * A run of a workload on an allocator: some rounds until it is compiled, some to warm up, then some that are measured,
 * all on the same allocator.
 *
 * @param name of the workload
 * @param workload the workload
 * @param allocator its name
 * @param api how blocks are allocated
 * @param threads 1 or more
 * @param warmups rounds before those that are measured; if it is 0, none is played for the compiler either
 * @param rounds that are measured
 * @param isChecked whether all bytes of all blocks are verified
 * @param seed of all random numbers
 */
record SuiteRun(
        String name,
        Workload workload,
        String allocator,
        SuiteAllocators.Api api,
        int threads,
        int warmups,
        int rounds,
        boolean isChecked,
        long seed) {

    private static final double NANOS_PER_SECOND = 1e9;

    /** How long rounds are played before the warm-up, until the background compiler has finished. */
    private static final long COMPILE_NANOS = 2_000_000_000L;

    /** So many threads leave enough of the processors to the compiler. */
    private static final int THREADS_WHILE_COMPILING = Runtime.getRuntime().availableProcessors();

    /**
     * Runs all rounds.
     *
     * @param opened the allocator, which stays open
     * @return the result, as the object that is printed as JSON
     * @throws CheckFailure if the allocator did what it must not
     */
    Map<String, @Nullable Object> measure(RawAllocator opened) throws InterruptedException {
        FutureTask<Map<String, @Nullable Object>> task = new FutureTask<>(() -> measureHere(opened));
        opened.threads().newThread(task).start();
        try {
            return task.get();
        } catch (ExecutionException e) {
            throw new CheckFailure(
                    this + ": " + (e.getCause() instanceof CheckFailure failure ? failure.getMessage() : e.getCause()),
                    e);
        }
    }

    private Map<String, @Nullable Object> measureHere(RawAllocator opened) throws InterruptedException {
        List<Workload.Score> scores = new ArrayList<>();
        Histogram latencies = new Histogram(3);
        LongAdder heapBytes = new LongAdder();
        Long residentBefore = ResidentMemory.now();
        Verifier verifier = isChecked ? new Verifier() : null;
        try (Peaks peaks = new Peaks(opened)) {
            long start = System.nanoTime();
            while (warmups > 0 && System.nanoTime() - start < COMPILE_NANOS) {
                play(opened, verifier, peaks, Math.min(threads, THREADS_WHILE_COMPILING), (_, _) -> {});
            }
            for (int round = 0; round < warmups; round++) {
                play(opened, verifier, peaks, threads, (_, _) -> {});
            }
            for (int round = 0; round < rounds; round++) {
                play(opened, verifier, peaks, threads, (team, score) -> {
                    scores.add(score);
                    team.addLatencies(latencies);
                    heapBytes.add(team.heapBytes());
                });
            }
            Map<String, @Nullable Object> result = new LinkedHashMap<>();
            result.put("workload", name);
            result.put("allocator", allocator);
            result.put("api", api.name().toLowerCase(Locale.ROOT));
            result.put("threads", threads);
            result.put("parameters", Workloads.parameters(workload));
            putTimes(result, scores);
            result.put("p50", latencies.getValueAtPercentile(50));
            result.put("p99", latencies.getValueAtPercentile(99));
            result.put("p999", latencies.getValueAtPercentile(99.9));
            putMemory(result, peaks, residentBefore);
            result.put("heapBytesPerOperation", heapBytes.doubleValue() / operations(scores));
            putOrigin(result);
            return result;
        }
    }

    /** Plays a round with a team of its own. */
    private void play(
            RawAllocator opened,
            @Nullable Verifier verifier,
            Peaks peaks,
            int size,
            BiConsumer<Team, Workload.Score> use)
            throws InterruptedException {
        try (Team team = new Team(opened, verifier, size, seed)) {
            peaks.watch(team);
            Workload.Score score = workload.run(team);
            if (verifier != null) {
                verifier.requireNoneLive();
            }
            use.accept(team, score);
        }
    }

    private static long operations(List<Workload.Score> scores) {
        return Math.max(1, scores.stream().mapToLong(Workload.Score::operations).sum());
    }

    private void putTimes(Map<String, @Nullable Object> result, List<Workload.Score> scores) {
        result.put("operations", operations(scores));
        result.put(
                "nanosPerOperation",
                scores.stream()
                        .map(score -> (double) score.nanos() * threads / Math.max(1, score.operations()))
                        .toList());
        result.put(
                "operationsPerSecond",
                scores.stream()
                        .map(score -> score.operations() * NANOS_PER_SECOND / score.nanos())
                        .toList());
        result.put(
                "seconds",
                scores.stream().map(score -> score.nanos() / NANOS_PER_SECOND).toList());
    }

    private static void putMemory(Map<String, @Nullable Object> result, Peaks peaks, @Nullable Long residentBefore) {
        Long committed = peaks.committed();
        long requested = peaks.requested();
        Long residentPeak = ResidentMemory.peak();
        result.put("peakCommitted", committed);
        result.put("peakRequested", requested);
        result.put(
                "committedOverRequested", committed == null || requested == 0 ? null : (double) committed / requested);
        result.put(
                "residentPeak", residentPeak == null || residentBefore == null ? null : residentPeak - residentBefore);
    }

    private void putOrigin(Map<String, @Nullable Object> result) {
        result.put("checked", isChecked);
        result.put("javaVersion", System.getProperty("java.version"));
        result.put("cpu", ResidentMemory.processor());
        result.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    }

    /** For messages. */
    @Override
    public String toString() {
        return name + " on " + allocator + " by " + api.name().toLowerCase(Locale.ROOT) + ", "
                + (threads == 1 ? "1 thread" : threads + " threads");
    }
}
