package dev.ashlar.replay;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Plays the events of a trace on a subject and takes the time.
 *
 * <p>On one thread the loop reads plain arrays, makes no objects and calls one subject. As long as each JVM times one
 * strategy, the compiler has seen only one class there. The time includes the loop and the first write to each page.
 *
 * <p>On several threads each plays its own events in recorded order as fast as it can. A free only waits until its
 * block has been allocated.
 */
final class Replay {

    /**
     * Events a call of the loop plays. The loop is called often rather than once, because a method that is entered once
     * is compiled for entry in its middle only, which is slower for some strategies than for others.
     */
    private static final int SLICE = 1024;

    private static final VarHandle DONE = MethodHandles.arrayElementVarHandle(byte[].class);

    private Replay() {}

    /**
     * Plays all events.
     *
     * @return nanoseconds that it took
     * @throws ReplayFailure if an event fails
     */
    static long play(Trace trace, Lanes lanes, Subject subject) {
        if (lanes.count() == 1) {
            return lanes.play(_ -> playOnOneThread(trace, subject));
        }
        byte[] allocated = new byte[trace.blocks()];
        return lanes.play(events -> {
            for (int event : events) {
                playShared(trace, lanes, subject, allocated, event);
            }
        });
    }

    private static void playOnOneThread(Trace trace, Subject subject) {
        int events = trace.events();
        for (int from = 0; from < events; from += SLICE) {
            playSlice(trace, subject, from, Math.min(events, from + SLICE));
        }
    }

    private static void playSlice(Trace trace, Subject subject, int from, int to) {
        int[] operations = trace.operations;
        int event = from;
        try {
            for (; event < to; event++) {
                int operation = operations[event];
                if (Trace.allocates(operation)) {
                    subject.allocate(~operation);
                } else {
                    subject.free(operation);
                }
            }
        } catch (RuntimeException | Error e) {
            throw ReplayFailure.at(trace, event, e);
        }
    }

    private static void playShared(Trace trace, Lanes lanes, Subject subject, byte[] allocated, int event) {
        int operation = trace.operations[event];
        try {
            if (Trace.allocates(operation)) {
                subject.allocate(~operation);
                DONE.setRelease(allocated, ~operation, (byte) 1); // publishes what the subject keeps of the block
            } else {
                if ((byte) DONE.getAcquire(allocated, operation) == 0) {
                    lanes.await(() -> (byte) DONE.getAcquire(allocated, operation) != 0);
                }
                subject.free(operation);
            }
        } catch (RuntimeException | Error e) {
            throw ReplayFailure.at(trace, event, e);
        }
    }

    /**
     * Ends one of several replays on a subject: frees the blocks that the trace leaves live, in the order of their
     * allocation. The allocator keeps its memory as it does in a program that runs on.
     *
     * @throws ReplayFailure if a free fails or the allocator counts live blocks
     */
    static void settle(Trace trace, Subject subject) {
        freeRest(trace, subject);
        atTheEnd(trace, subject.books()::settle);
    }

    /**
     * Ends the replays on a subject: frees the blocks that the trace leaves live, gives everything back and closes the
     * allocator.
     *
     * @throws ReplayFailure if a free fails or something is left
     */
    static void finish(Trace trace, Subject subject) {
        freeRest(trace, subject);
        atTheEnd(trace, subject.books()::finish);
    }

    private static void freeRest(Trace trace, Subject subject) {
        int block = 0;
        try {
            for (; block < trace.blocks(); block++) {
                subject.free(block);
            }
        } catch (RuntimeException | Error e) {
            throw new ReplayFailure("after the last event of " + trace.name + " (free block " + block + ")", e);
        }
    }

    private static void atTheEnd(Trace trace, Runnable step) {
        try {
            step.run();
        } catch (RuntimeException | Error e) {
            throw new ReplayFailure("after the last event of " + trace.name, e);
        }
    }
}
