package dev.ashlar.spi.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

/** Runs of pages that threads take and return at the same time, in one word and in two. */
class PageRunsStressTest {

    private record Run(int first, int length) {}

    @Test
    void mustNotHandOutAPageTwiceNorLoseOne() {
        for (int pages : new int[] {16, 64, 130, 300}) {
            PageRuns set = new PageRuns(pages);
            AtomicIntegerArray owners = new AtomicIntegerArray(pages);
            AtomicInteger seeds = new AtomicInteger();
            Together.run(Collections.nCopies(
                    3, () -> takeAndGive(set, owners, seeds.incrementAndGet(), Together.LONG ? 3_000_000 : 60_000)));
            set.checkInvariants();
            assertThat(set.isUnused()).isTrue();
            int longest = Math.min(64, pages);
            assertThat(set.take(longest))
                    .as("a run of all pages is found again")
                    .isZero();
        }
    }

    private static void takeAndGive(PageRuns set, AtomicIntegerArray owners, int me, int steps) {
        SplittableRandom random = new SplittableRandom(me);
        Deque<Run> held = new ArrayDeque<>();
        for (int i = 0; i < steps; i++) {
            int length = random.nextInt(4) == 0 ? random.nextInt(1, 65) : random.nextInt(1, 8);
            int first = random.nextBoolean() ? set.take(length) : -1;
            if (first >= 0) {
                mark(owners, first, length, 0, me);
                held.add(new Run(first, length));
            } else if (!held.isEmpty()) {
                Run run = random.nextBoolean() ? held.removeFirst() : held.removeLast();
                mark(owners, run.first, run.length, me, 0);
                set.give(run.first, run.length);
            }
        }
        for (Run run : held) {
            mark(owners, run.first, run.length, me, 0);
            set.give(run.first, run.length);
        }
    }

    private static void mark(AtomicIntegerArray owners, int first, int length, int from, int to) {
        for (int page = first; page < first + length; page++) {
            if (!owners.compareAndSet(page, from, to)) {
                throw new AssertionError("page " + page + " belongs to two runs");
            }
        }
    }

    /** A thread returns the last page and retires the set while another takes pages, in two words. */
    @Test
    void mustTakeNothingFromASetThatIsRetired() {
        int rounds = Together.LONG ? 2_000_000 : 40_000;
        List<PageRuns> sets = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            PageRuns set = new PageRuns(66);
            set.take(2);
            sets.add(set);
        }
        int[] retired = new int[rounds];
        int[] taken = new int[rounds];
        AtomicInteger arrived = new AtomicInteger();
        Together.run(List.of(
                () -> {
                    for (int i = 0; i < rounds; i++) {
                        meet(arrived, i);
                        retired[i] = sets.get(i).give(0, 2) && sets.get(i).retire() ? 1 : 0;
                    }
                },
                () -> {
                    for (int i = 0; i < rounds; i++) {
                        meet(arrived, i);
                        taken[i] = sets.get(i).take(64) >= 0 ? 1 : 0;
                    }
                }));
        for (int i = 0; i < rounds; i++) {
            assertThat(retired[i] + taken[i]).as("retired, or pages taken").isLessThanOrEqualTo(1);
            sets.get(i).checkInvariants();
        }
    }

    /** A run in two words is taken in two steps. The first is undone if another thread is faster in the second. */
    @Test
    void mustUndoHalfARunThatAnotherThreadCutsInto() {
        int rounds = Together.LONG ? 2_000_000 : 40_000;
        List<PageRuns> sets = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            PageRuns set = new PageRuns(66);
            set.take(62);
            sets.add(set);
        }
        AtomicInteger arrived = new AtomicInteger();
        Together.run(List.of(() -> takeOfEach(sets, 3, arrived), () -> takeOfEach(sets, 1, arrived)));
        sets.forEach(PageRuns::checkInvariants);
    }

    private static void takeOfEach(List<PageRuns> sets, int length, AtomicInteger arrived) {
        for (int i = 0; i < sets.size(); i++) {
            meet(arrived, i);
            sets.get(i).take(length);
        }
    }

    private static void meet(AtomicInteger arrived, int round) {
        arrived.incrementAndGet();
        while (arrived.get() < 2 * (round + 1)) {
            Thread.onSpinWait();
        }
    }
}
