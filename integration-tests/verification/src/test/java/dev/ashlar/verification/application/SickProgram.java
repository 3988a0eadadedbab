package dev.ashlar.verification.application;

import dev.ashlar.insight.gc.GcAdvice;
import dev.ashlar.insight.gc.GcAdvisor;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * A program with an illness on purpose, which prints the advice that it gets. It takes the illness, and the
 * milliseconds of a window: one to warm up, one to advise on.
 */
final class SickProgram {

    /** What is wrong with the program. Each needs the heap that {@link SickProgramsTest} gives it. */
    enum Illness {
        /** Nothing: some live memory, and little garbage. */
        NONE,
        /** Buffers of half of a region and more. */
        HUMONGOUS,
        /** Garbage as fast as it goes, in a small young generation. */
        GARBAGE,
        /** Live memory takes most of the heap, and is replaced all the time. */
        CROWDED,
        /** Live memory takes most of the heap, and little happens. */
        FULL,
        /** Many live objects, which a call collects. */
        PAUSES,
        /** Objects that live as long as a few collections. */
        MIDDLE_AGED,
        /** Next to nothing in a large heap. */
        IDLE
    }

    private static final int MIB = 1 << 20;

    /** What a running program keeps. */
    private static Object kept = new Object();

    private SickProgram() {}

    public static void main(String[] arguments) {
        Illness illness = Illness.valueOf(arguments[0]);
        long windowNanos = Long.parseLong(arguments[1]) * 1_000_000;
        Runnable step = step(illness);
        // Only where pauses are the illness may a busy machine's delays count.
        Duration pauseGoal = Duration.ofMillis(illness == Illness.PAUSES ? 60 : 1000);
        try (GcAdvisor advisor = GcAdvisor.start(pauseGoal)) {
            run(step, windowNanos);
            GcAdvice _ = advisor.advise();
            run(step, windowNanos);
            long before = System.nanoTime();
            GcAdvice advice = advisor.advise();
            long micros = (System.nanoTime() - before) / 1000;
            System.err.println(advice.text());
            System.err.println("analysis took " + micros + " us");
        }
    }

    private static void run(Runnable step, long nanos) {
        long end = System.nanoTime() + nanos;
        while (System.nanoTime() < end) {
            step.run();
        }
    }

    private static Runnable step(Illness illness) {
        return switch (illness) {
            case NONE -> {
                kept = blocks(2 * MIB, 1024);
                yield () -> paced(100, 1024);
            }
            case HUMONGOUS ->
                () -> {
                    paced(1, 1_500_000);
                    pause(10);
                };
            case GARBAGE -> SickProgram::garbage;
            case CROWDED -> {
                byte[][] live = blocks(62 * MIB, 1000);
                kept = live;
                yield () -> replace(live, 2000);
            }
            case FULL -> {
                kept = blocks(84 * MIB, 50_000);
                yield () -> {
                    System.gc();
                    pause(1200);
                };
            }
            case PAUSES -> {
                kept = list(2_500_000);
                yield () -> {
                    System.gc();
                    pause(900);
                };
            }
            case MIDDLE_AGED -> {
                Deque<byte[]> queue = new ArrayDeque<>();
                kept = queue;
                yield () -> queue(queue);
            }
            case IDLE -> () -> paced(10, 100);
        };
    }

    private static byte[][] blocks(int bytes, int size) {
        byte[][] blocks = new byte[bytes / size][];
        for (int i = 0; i < blocks.length; i++) {
            blocks[i] = new byte[size];
        }
        return blocks;
    }

    private static Object list(int length) {
        Object[] head = new Object[1];
        for (int i = 0; i < length; i++) {
            head = new Object[] {head, null};
        }
        return head;
    }

    private static void paced(int objects, int size) {
        for (int i = 0; i < objects; i++) {
            kept = new Object[] {kept instanceof Object[] pair && pair.length == 2 ? pair[0] : kept, new byte[size]};
        }
        pause(5);
    }

    private static void garbage() {
        for (int i = 0; i < 1000; i++) {
            kept = new byte[500];
        }
    }

    private static int next;

    private static void replace(byte[][] live, int objects) {
        for (int i = 0; i < objects; i++) {
            next = (next + 7919) % live.length;
            live[next] = new byte[live[next].length];
        }
    }

    private static void queue(Deque<byte[]> queue) {
        for (int i = 0; i < 4000; i++) {
            queue.addLast(new byte[200]);
            if (queue.size() > 100_000) {
                queue.removeFirst();
            }
        }
        pause(2);
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts this thread", e);
        }
    }
}
