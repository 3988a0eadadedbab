package dev.ashlar.replay;

import org.jspecify.annotations.Nullable;

/**
 * A replay that is not timed and looks at the figures. The events keep their recorded order, on several threads too:
 * each is played on its own thread when its turn has come. So the figures do not depend on how fast anything was.
 *
 * <p>Ratios of one moment are read when the trace has most bytes live; counters and peaks after the last event.
 *
 * <p>Its loop is one of its own, so that what is timed is not compiled for the look of this one.
 */
final class Accounting {

    /** Events between two readings of figures that are not counted. */
    static final int WATCH_INTERVAL = 512;

    /** A block of this size is looked at at once, since it may come and go between two looks. */
    private static final long WATCH_SIZE = 64 * 1024;

    private final Trace trace;
    private final Lanes lanes;
    private final Subject subject;

    /** The event that is played now. Only the thread whose turn it is uses the following fields. */
    private volatile int turn;

    private long refused;
    private long liveBlocks;
    private long liveBytes;
    private long peakBytes;
    private Figures atPeak = Figures.NONE;
    private final @Nullable Series series;

    private Accounting(Trace trace, Lanes lanes, Subject subject, boolean series) {
        this.trace = trace;
        this.lanes = lanes;
        this.subject = subject;
        this.series = series ? Series.over(trace) : null;
    }

    /**
     * What came out.
     *
     * @param refused requests that were not served
     * @param peakRequested the most bytes of served blocks that were live at once
     * @param atPeak the figures when the trace has most bytes live
     * @param atEnd the figures after the last event
     * @param series requested and committed bytes by event, if asked for
     */
    record Account(
            long refused,
            long peakRequested,
            Figures atPeak,
            Figures atEnd,
            @Nullable Series series) {}

    /**
     * Plays all events.
     *
     * @param series whether requested and committed bytes are sampled
     * @throws ReplayFailure if an event fails, or the allocator counts otherwise than the trace
     */
    static Account play(Trace trace, Lanes lanes, Subject subject, boolean series) {
        Accounting accounting = new Accounting(trace, lanes, subject, series);
        lanes.play(accounting::playOwn);
        int last = trace.events() - 1;
        accounting.verify(last);
        return new Account(
                accounting.refused,
                accounting.peakBytes,
                accounting.atPeak,
                subject.books().figures(),
                accounting.series);
    }

    private void playOwn(int[] events) {
        for (int event : events) {
            if (turn != event) {
                lanes.await(() -> turn == event);
            }
            playOne(event);
            turn = event + 1;
        }
    }

    private void playOne(int event) {
        int operation = trace.operations[event];
        try {
            if (Trace.allocates(operation)) {
                allocate(~operation);
            } else {
                free(operation);
            }
            if (event % WATCH_INTERVAL == 0) {
                subject.books().watch();
            }
            if (series != null && event % series.interval() == 0) {
                series.add(liveBytes, subject.books().committedBytes());
            }
        } catch (RuntimeException | Error e) {
            throw ReplayFailure.at(trace, event, e);
        }
        if (operation == ~trace.peakBlock) {
            verify(event);
            atPeak = subject.books().figures();
        }
    }

    private void allocate(int block) {
        if (!subject.allocate(block)) {
            refused++;
            return;
        }
        liveBlocks++;
        liveBytes += trace.byteSizes[block];
        peakBytes = Math.max(peakBytes, liveBytes);
        if (trace.byteSizes[block] >= WATCH_SIZE) {
            subject.books().watch();
        }
    }

    private void free(int block) {
        if (subject.memory(block) != null) {
            liveBlocks--;
            liveBytes -= trace.byteSizes[block];
        }
        subject.free(block);
    }

    private void verify(int event) {
        try {
            subject.books().verify(liveBlocks, liveBytes);
        } catch (SubjectFailure e) {
            throw ReplayFailure.at(trace, event, e);
        }
    }
}
