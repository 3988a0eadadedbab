package dev.ashlar.spi.support;

import java.util.BitSet;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Runs of pages compared with a bit set. Each thread returns the runs that it took. */
@Param(name = "thread", gen = ThreadIdGen.class)
@Param(name = "count", gen = IntGen.class, conf = "1:3")
@Tag("unsafe")
public class PageRunsModelCheckTest {

    private static final int PAGES = 4;
    private static final int THREADS = 5; // those of the parallel part, and a first and a last one

    private final PageRuns pages = new PageRuns(PAGES);
    private final int[] first = new int[THREADS];
    private final int[] held = new int[THREADS];

    /** Takes a run, unless the thread holds one. */
    @Operation
    public int take(@Param(name = "thread") int thread, @Param(name = "count") int count) {
        if (held[thread] != 0) {
            return -2;
        }
        first[thread] = pages.take(count);
        held[thread] = first[thread] < 0 ? 0 : count;
        return first[thread];
    }

    /** Returns the run that the thread holds. The result is whether no page is in use then. */
    @Operation
    public boolean give(@Param(name = "thread") int thread) {
        boolean unused = held[thread] != 0 && pages.give(first[thread], held[thread]);
        held[thread] = 0;
        return unused;
    }

    /** Retires the set. */
    @Operation
    public boolean retire() {
        return pages.retire();
    }

    @Test
    void mustTakeAndGiveAndRetireAtOnce() {
        options()
                .threads(3)
                .actorsPerThread(2)
                .actorsBefore(2)
                .actorsAfter(1)
                .sequentialSpecification(Sequential.class)
                .checkObstructionFreedom(true)
                .check(PageRunsModelCheckTest.class);
    }

    /** The same with pages in two words: a run in both words is taken in two steps. */
    @Param(name = "thread", gen = ThreadIdGen.class)
    @Param(name = "count", gen = IntGen.class, conf = "1:4")
    public static class InTwoWords {

        private static final int FIRST = 62;

        private final PageRuns pages = new PageRuns(66);
        private final int[] first = new int[THREADS];
        private final int[] held = new int[THREADS];
        private final int[] owners = new int[66];

        /** Only the last four pages are free. */
        public InTwoWords() {
            pages.take(FIRST);
        }

        /** Takes a run, unless the thread holds one. */
        @Operation
        public void take(@Param(name = "thread") int thread, @Param(name = "count") int count) {
            if (held[thread] == 0) {
                first[thread] = pages.take(count);
                held[thread] = first[thread] < 0 ? 0 : count;
                for (int i = 0; i < held[thread]; i++) {
                    if (owners[first[thread] + i]++ != 0) {
                        throw new AssertionError("a page of two runs");
                    }
                }
            }
        }

        /** Gives back the run that the thread holds. */
        @Operation
        public void give(@Param(name = "thread") int thread) {
            if (held[thread] != 0) {
                for (int i = 0; i < held[thread]; i++) {
                    owners[first[thread] + i]--;
                }
                pages.give(first[thread], held[thread]);
                held[thread] = 0;
            }
        }

        /** Called when all threads have ended: free pages are found. */
        @Validate
        public void everyPageIsFoundAgain() {
            pages.checkInvariants();
            int free = 0;
            int longest = 0;
            for (int page = FIRST; page < owners.length; page++) {
                free = owners[page] == 0 ? free + 1 : 0;
                longest = Math.max(longest, free);
            }
            if (longest > 0) {
                int run = pages.take(longest);
                if (run < 0) {
                    throw new AssertionError("a free run of " + longest + " pages is hidden");
                }
                pages.give(run, longest);
            }
            if (pages.take(longest + 1) >= 0) {
                throw new AssertionError("a run of more pages than are free");
            }
        }
    }

    /** The result is not the run, so everything is linearizable. */
    public static class Anything {
        /** See {@link InTwoWords#take}. */
        public void take(int thread, int count) {}

        /** See {@link InTwoWords#give}. */
        public void give(int thread) {}
    }

    @Test
    void mustLoseNoPageOfARunInTwoWords() {
        options().sequentialSpecification(Anything.class).check(InTwoWords.class);
    }

    private static ModelCheckingOptions options() {
        return new ModelCheckingOptions()
                .threads(2)
                .actorsPerThread(3)
                .actorsBefore(1)
                .actorsAfter(0)
                .iterations(Together.LONG ? 500 : 4)
                .invocationsPerIteration(Together.LONG ? 10_000 : 200);
    }

    /** The set in one thread. */
    public static class Sequential {

        private final BitSet used = new BitSet();
        private final int[] first = new int[THREADS];
        private final int[] held = new int[THREADS];

        /** See {@link PageRunsModelCheckTest#take}. */
        public int take(int thread, int count) {
            if (held[thread] != 0) {
                return -2;
            }
            for (int page = 0; page + count <= PAGES; page++) {
                if (used.get(page, page + count).isEmpty()) {
                    used.set(page, page + count);
                    first[thread] = page;
                    held[thread] = count;
                    return page;
                }
            }
            return -1;
        }

        /** See {@link PageRunsModelCheckTest#give}. */
        public boolean give(int thread) {
            boolean holds = held[thread] != 0;
            used.clear(first[thread], first[thread] + held[thread]);
            held[thread] = 0;
            return holds && used.isEmpty();
        }

        /** See {@link PageRunsModelCheckTest#retire}. */
        public boolean retire() {
            boolean unused = used.isEmpty();
            if (unused) {
                used.set(0, PAGES);
            }
            return unused;
        }
    }
}
