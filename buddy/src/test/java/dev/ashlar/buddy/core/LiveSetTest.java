package dev.ashlar.buddy.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.testkit.TestLength;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Claims at the same time. It uses real threads, because Lincheck does not interleave the bitwise operations of a
 * VarHandle.
 */
class LiveSetTest {

    private static final int THREADS = 2;
    private static final int SIZE = TestLength.of(50_000, 2_000_000);

    private final LiveSet live = new LiveSet(SIZE);

    /** The task of each thread for a member, after all threads have reached it. */
    private interface Step {
        boolean done(int thread, int member);
    }

    /** Runs the threads through all members together, and counts the results. */
    private static int together(Step step) throws Exception {
        AtomicInteger arrived = new AtomicInteger();
        List<Future<Integer>> counts = new ArrayList<>();
        try (ExecutorService executor = Executors.newFixedThreadPool(THREADS)) {
            for (int thread = 0; thread < THREADS; thread++) {
                int me = thread;
                counts.add(executor.submit(() -> {
                    int count = 0;
                    for (int member = 0; member < SIZE; member++) {
                        arrived.incrementAndGet();
                        meet(arrived, (member + 1) * THREADS);
                        count += step.done(me, member) ? 1 : 0;
                    }
                    return count;
                }));
            }
        }
        int sum = 0;
        for (Future<Integer> count : counts) {
            sum += count.get();
        }
        return sum;
    }

    /** Spins, so that threads continue at the same time; not for long, in case there is only one processor. */
    @SuppressWarnings("ThreadPriorityCheck") // speed, not correctness, depends on the scheduler
    private static void meet(AtomicInteger arrived, int expected) {
        for (int spins = 1; arrived.get() < expected; spins++) {
            if (spins % 10_000 == 0) {
                Thread.yield();
            } else {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void mustLetOneOfSeveralClaimsSucceed() throws Exception {
        for (int i = 0; i < SIZE; i++) {
            live.add(i);
        }
        assertThat(together((thread, member) -> live.remove(member))).isEqualTo(SIZE);
        assertThat(live.count()).isZero();
    }

    /** Neighbours share a word: one thread adds even members while the other removes odd ones. */
    @Test
    void mustNotLoseAChangeOfTheSameWord() throws Exception {
        for (int i = 1; i < SIZE; i += 2) {
            live.add(i);
        }
        int claimed = together((thread, member) -> {
            boolean odd = (member & 1) != 0;
            if (thread == 0 && !odd) {
                live.add(member);
            }
            return thread == 1 && live.remove(member | 1);
        });
        assertThat(claimed).isEqualTo(SIZE / 2);
        assertThat(live.count()).isEqualTo(SIZE / 2);
    }
}
