package dev.ashlar.spi.support;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** Runs of pages that threads take and return while the chunk is retired. */
public class PageRunsStress {

    /**
     * The pages of one word and two of the next. The first 62 are in use, so the free ones are in both words.
     */
    private static final int PAGES = 66;

    private static final int FIRST = 62;

    private PageRunsStress() {}

    private static PageRuns almostFull() {
        PageRuns pages = new PageRuns(PAGES);
        pages.take(FIRST);
        return pages;
    }

    /** The last pages are returned, and the set is retired, while another thread takes pages. */
    @JCStressTest
    @Outcome(id = "1, 0", expect = Expect.ACCEPTABLE, desc = "Retired, and nothing taken")
    @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE, desc = "Taken, and not retired")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Pages of a retired chunk were taken")
    @State
    public static class Retire {
        private final PageRuns pages = almostFull();

        /** Returns all pages and retires the set. */
        @Actor
        public void giveAndRetire(II_Result result) {
            pages.give(0, FIRST);
            result.r1 = pages.retire() ? 1 : 0;
        }

        /** Takes a run in both words. */
        @Actor
        public void take(II_Result result) {
            result.r2 = pages.take(Long.SIZE) >= 0 ? 1 : 0;
        }
    }

    /**
     * Two threads take runs that overlap. Results: the run of each, and whether all pages can be taken after these are
     * returned.
     */
    @JCStressTest
    @Outcome(id = "62, 65, 1", expect = Expect.ACCEPTABLE, desc = "The first took its run, the second what was left")
    @Outcome(id = "-1, 62, 1", expect = Expect.ACCEPTABLE, desc = "The second was first")
    @Outcome(
            id = "63, 62, 1",
            expect = Expect.ACCEPTABLE,
            desc = "The second was first, and there was enough behind it")
    @Outcome(
            id = "62, -1, 1",
            expect = Expect.ACCEPTABLE_INTERESTING,
            desc = "The second saw a page in use that was not")
    @Outcome(
            id = "-1, 64, 1",
            expect = Expect.ACCEPTABLE_INTERESTING,
            desc = "The second skipped pages that the first took and had to return")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A page is in two runs, or lost")
    @State
    public static class Overlap {
        private final PageRuns pages = almostFull();

        /** Takes three. */
        @Actor
        public void first(III_Result result) {
            result.r1 = pages.take(3);
        }

        /** Takes one. */
        @Actor
        public void second(III_Result result) {
            result.r2 = pages.take(1);
        }

        /** Returns all. */
        @Arbiter
        public void rest(III_Result result) {
            if (result.r1 >= 0) {
                pages.give(result.r1, 3);
            }
            if (result.r2 >= 0) {
                pages.give(result.r2, 1);
            }
            result.r3 = pages.used() == FIRST && pages.take(PAGES - FIRST) == FIRST ? 1 : 0;
        }
    }

    /** A search fails while pages are returned. Its notes must not hide them. */
    @JCStressTest
    @Outcome(id = "-1, 62", expect = Expect.ACCEPTABLE, desc = "It came too early, and they are found later")
    @Outcome(id = "62, -1", expect = Expect.ACCEPTABLE, desc = "It found them")
    @Outcome(expect = Expect.FORBIDDEN, desc = "The run is hidden")
    @State
    public static class Hint {
        private final PageRuns pages = almostFull();

        /** All pages are in use. */
        public Hint() {
            pages.take(4);
        }

        /** Returns four pages. */
        @Actor
        public void give() {
            pages.give(FIRST, 4);
        }

        /** Looks for four. */
        @Actor
        public void take(II_Result result) {
            result.r1 = pages.take(4);
        }

        /** Looks again. */
        @Arbiter
        public void again(II_Result result) {
            result.r2 = pages.take(4);
        }
    }
}
