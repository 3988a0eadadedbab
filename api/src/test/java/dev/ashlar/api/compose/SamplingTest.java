package dev.ashlar.api.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.example.Leaks;
import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What is estimated from a sample, and what it costs. */
class SamplingTest {

    private static final int PLACES = 20;

    private static Tracking.Builder seeded() {
        return Tracking.builder().seed(42).unreachable(Tracking.Unreachable.IGNORED);
    }

    /** Allocates blocks of mixed sizes at many places, frees most of them, and compares what is left. */
    @Test
    void mustPutAlmostAllLeakedBytesToTheRightPlace() {
        BlockTracker tracker = new BlockTracker(seeded().build());
        PaperAddresses memory = new PaperAddresses();
        SplittableRandom random = new SplittableRandom(1);
        long[] leakedBytes = new long[PLACES];
        for (int place = 0; place < PLACES; place++) {
            while (leakedBytes[place] < 1L << 30) {
                long byteSize = random.nextLong(1, 64 << 10);
                long address = Leaks.call(
                        place,
                        size -> {
                            long block = memory.allocateAddress(size);
                            tracker.allocated(block, size, null);
                            return block;
                        },
                        byteSize);
                if (random.nextInt(4) == 0) {
                    leakedBytes[place] += byteSize;
                } else {
                    SampledBlocks.Entry entry = tracker.take(address);
                    if (entry != null) {
                        tracker.end(entry);
                    }
                }
            }
        }

        TrackingReport report = tracker.report();
        assertThat(report.isExact()).isFalse();
        assertThat(report.liveSites()).hasSize(PLACES);
        long right = report.liveSites().stream()
                .mapToLong(site -> Math.min(site.liveBytes(), leakedBytes[placeOf(site)]))
                .sum();
        long leaked = Arrays.stream(leakedBytes).sum();
        assertThat((double) right / leaked).isGreaterThan(0.95);
        assertThat((double) report.liveBytes() / leaked).isCloseTo(1, within(0.03));
        tracker.checkInvariants();
    }

    /** By the innermost frame and the line of the next one, as {@link Leaks#call} chooses them. */
    private static int placeOf(TrackingReport.Site site) {
        int first = LINES.get(0);
        int line = site.frames().get(1).getLineNumber() - first;
        return 2 * line + (site.frames().getFirst().getClassName().endsWith("First") ? 0 : 1);
    }

    /** The lines of the calls, which follow each other. */
    private static final List<Integer> LINES = lines();

    private static List<Integer> lines() {
        List<Integer> lines = new ArrayList<>();
        for (int place = 0; place < PLACES; place += 2) {
            lines.add(Leaks.call(
                    place,
                    _ -> StackWalker.getInstance()
                            .walk(frames -> frames.filter(
                                            frame -> frame.getClassName().equals(Leaks.class.getName()))
                                    .findFirst()
                                    .orElseThrow()
                                    .getLineNumber()),
                    0));
        }
        return lines;
    }

    @Test
    void samplesMustRepresentBlocksOfEverySizeRightly() {
        for (long byteSize : new long[] {1, 100, 4096, 1 << 20, 1 << 24}) {
            SampleCountdown countdown = new SampleCountdown(4096, 7);
            long blocks = 2_000_000;
            double represented = 0;
            for (long i = 0; i < blocks; i++) {
                if (countdown.isDue(byteSize)) {
                    countdown.restart();
                    represented += countdown.weight(byteSize);
                }
            }
            assertThat(represented / blocks).as("blocks of %d bytes", byteSize).isCloseTo(1, within(0.15));
        }
    }

    @Test
    void blocksOfNoBytesMustBeSampledOnlyIfAllAre() {
        SampleCountdown some = new SampleCountdown(1 << 20, 7);
        SampleCountdown all = new SampleCountdown(Tracking.ALL, 7);
        for (int i = 0; i < 1000; i++) {
            assertThat(some.isDue(0)).isFalse();
            assertThat(all.isDue(0)).isTrue();
            all.restart();
        }
        assertThat(all.weight(0)).isEqualTo(1);
    }

    @Test
    void blocksThatAreNotSampledMustMakeNoObject() {
        BlockTracker tracker =
                new BlockTracker(seeded().bytesPerSample(1L << 40).build());
        long thread = Thread.currentThread().threadId();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getThreadAllocatedBytes(thread);
        for (long address = 16; address < 16_000_000; address += 16) {
            tracker.allocated(address, 16, null);
            assert tracker.take(address) == null;
        }
        assertThat(threads.getThreadAllocatedBytes(thread) - before).isLessThan(100_000);
    }

    @Test
    void reportOfAMillionBlocksMustMakeNoObjectForABlock() {
        BlockTracker tracker =
                new BlockTracker(seeded().bytesPerSample(Tracking.ALL).build());
        SampledBlocks.Entry first = tracker.begin(64, 64, null, null);
        for (long address = 64; address <= 64_000_000; address += 64) {
            tracker.restore(new SampledBlocks.Entry(address, 64, first.bornMillis(), 1, "main", first.site(), null));
        }
        long thread = Thread.currentThread().threadId();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        tracker.report();
        long before = threads.getThreadAllocatedBytes(thread);

        TrackingReport report = tracker.report();

        assertThat(threads.getThreadAllocatedBytes(thread) - before).isLessThan(100_000);
        assertThat(report.liveBlocks()).isEqualTo(1_000_000);
        assertThat(report.liveBytes()).isEqualTo(64_000_000);
    }

    @Test
    void threadsMustNotLoseEachOthersBlocks() throws InterruptedException {
        BlockTracker tracker = new BlockTracker(seeded().bytesPerSample(256).build());
        PaperAddresses memory = new PaperAddresses();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            SplittableRandom random = new SplittableRandom(t);
            threads.add(Thread.startVirtualThread(() -> churn(tracker, memory, random)));
        }
        for (Thread thread : threads) {
            thread.join();
        }

        tracker.checkInvariants();
        assertThat(tracker.report().samples()).isZero();
        assertThat(tracker.report().sites())
                .allMatch(site -> Math.abs(site.allocatedBlocks() - site.freedBlocks()) <= 1); // the order of the sums
    }

    private static void churn(BlockTracker tracker, PaperAddresses memory, SplittableRandom random) {
        long[] window = new long[512];
        for (int i = 0; i < 50_000; i++) {
            int at = random.nextInt(window.length);
            if (window[at] != 0) {
                free(tracker, window[at]);
            }
            long byteSize = random.nextLong(256);
            window[at] = memory.allocateAddress(byteSize);
            tracker.allocated(window[at], byteSize, null);
            if (i % 10_000 == 0) {
                tracker.report();
            }
        }
        for (long address : window) {
            free(tracker, address);
        }
    }

    private static void free(BlockTracker tracker, long address) {
        SampledBlocks.Entry entry = tracker.take(address);
        if (entry != null) {
            tracker.end(entry);
        }
    }
}
