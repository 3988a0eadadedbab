package dev.ashlar.heap;

import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Inspectable;
import dev.ashlar.heap.Defragmentation.Budget;
import dev.ashlar.heap.Defragmentation.Result;
import dev.ashlar.heap.Defragmentation.Strategy;
import dev.ashlar.spi.support.HousekeepingThread;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Objects;
import java.util.concurrent.ScheduledFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Defragments a heap at times, if much of its memory is free. The work is done on Ashlar's one housekeeping thread, in
 * passes with pauses between them, so that other housekeeping goes on.
 *
 * {@snippet class="dev.ashlar.verification.shown.HeapCodeTest" region="schedule"}
 *
 * <p>It ends when it or the heap is closed. It does not keep a heap alive that nothing else refers to. An exception is
 * logged, and the next run still comes. Safe for use by many threads.
 */
public final class DefragmentationSchedule implements AutoCloseable {

    /** The share of free memory from which on a run moves blocks, if none is set: {@value}. */
    public static final double DEFAULT_THRESHOLD = 0.3;

    /** What a pass may do, if nothing is set: 1 MiB, and 2 milliseconds. */
    public static final Budget DEFAULT_BUDGET = new Budget(1 << 20, Long.MAX_VALUE, Duration.ofMillis(2));

    /** The time between two passes of a run. */
    private static final Duration PAUSE = Duration.ofMillis(20);

    /**
     * A run that is over.
     *
     * @param strategy what it moved
     * @param before the share of memory that was free, 0 to 1
     * @param after the same after it
     * @param result what was done
     */
    public record Run(Strategy strategy, double before, double after, Result result) {}

    private final WeakReference<HandleHeap> heap;
    private final Function<ZonedDateTime, Duration> untilNext;
    private final double threshold;
    private final Budget budget;
    private final @Nullable Strategy fixed;
    private final Consumer<? super Run> listener;

    /** The next task on the housekeeping thread. Guarded by this. */
    private @Nullable ScheduledFuture<?> next;

    /** Guarded by this. */
    private boolean closed;

    // For the housekeeping thread only: the run at work.
    private @Nullable Defragmentation work;
    private Strategy strategy = Strategy.COALESCE;
    private double before;

    private DefragmentationSchedule(Builder builder, Function<ZonedDateTime, Duration> untilNext) {
        heap = new WeakReference<>(builder.heap);
        this.untilNext = untilNext;
        threshold = builder.threshold;
        budget = builder.budget;
        fixed = builder.strategy;
        listener = builder.listener;
    }

    /** A schedule for a heap, which has no times yet. */
    public static Builder builder(HandleHeap heap) {
        return new Builder(heap);
    }

    /** The time from a moment to the next run. */
    Duration untilNext(ZonedDateTime now) {
        return untilNext.apply(now);
    }

    private void waitForNext() {
        schedule(untilNext(ZonedDateTime.now(ZoneId.systemDefault())), this::begin);
    }

    private synchronized void schedule(Duration delay, Runnable task) {
        if (!closed) {
            next = HousekeepingThread.schedule(delay, task);
        }
    }

    /** Begins a run, if enough memory is free. */
    void begin() {
        HandleHeap subject = heap.get();
        if (subject == null || subject.isClosed()) {
            return;
        }
        boolean isGoing = false;
        try {
            before = freeShare(subject);
            if (before >= threshold) {
                strategy = fixed != null ? fixed : strategyFor(subject);
                work = subject.defragment(strategy);
                isGoing = true;
            }
        } finally {
            if (!isGoing) {
                waitForNext();
            }
        }
        if (isGoing) {
            goOn();
        }
    }

    /** Does one pass, and plans the next one. */
    private void goOn() {
        Defragmentation current = Objects.requireNonNull(work);
        HandleHeap subject = heap.get();
        if (subject == null || subject.isClosed() || isClosed()) {
            end(current);
            return;
        }
        boolean isGoing = false;
        try {
            isGoing = !current.pass(budget).isComplete();
            if (!isGoing) {
                end(current);
                listener.accept(new Run(strategy, before, freeShare(subject), current.total()));
            }
        } finally {
            if (isGoing) {
                schedule(PAUSE, this::goOn);
            } else {
                end(current);
                waitForNext();
            }
        }
    }

    private void end(Defragmentation current) {
        work = null;
        current.close();
    }

    private static double freeShare(HandleHeap subject) {
        AllocatorStats stats = subject.allocator().stats();
        return stats.committedBytes() == 0 ? 0 : 1 - stats.utilisation();
    }

    private static Strategy strategyFor(HandleHeap subject) {
        return subject.allocator().as(Inspectable.class).isEmpty()
                ? Strategy.REORGANIZE
                : Fragmentation.of(subject.allocator()).pattern().strategy();
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    /** Ends the schedule. A run at work ends before its next pass. Closing again does nothing. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            if (next != null) {
                next.cancel(false);
            }
        }
        HousekeepingThread.runAfter(Duration.ZERO, this::abandon);
    }

    private void abandon() {
        if (work != null) {
            end(work);
        }
    }

    /** Makes a schedule. */
    public static final class Builder {

        private final HandleHeap heap;
        private @Nullable Function<ZonedDateTime, Duration> untilNext;
        private double threshold = DEFAULT_THRESHOLD;
        private Budget budget = DEFAULT_BUDGET;
        private @Nullable Strategy strategy;
        private Consumer<? super Run> listener = _ -> {};

        private Builder(HandleHeap heap) {
            this.heap = heap;
        }

        /**
         * Runs again and again.
         *
         * @param interval the time before the first run, and between the end of a run and the next; 1 millisecond or
         *     more
         * @throws IllegalArgumentException if it is shorter
         */
        public Builder every(Duration interval) {
            if (interval.compareTo(Duration.ofMillis(1)) < 0) {
                throw new IllegalArgumentException("interval is " + interval + ", must be 1 millisecond or more");
            }
            untilNext = _ -> interval;
            return this;
        }

        /**
         * Runs at times of the clock, in the time zone of the machine. Needs {@code com.cronutils:cron-utils}, which
         * Ashlar does not bring along.
         *
         * @param expression of five fields as of Unix, such as {@code 0 *}{@code /4 * * *} for every fourth hour
         * @throws IllegalArgumentException if it is none
         * @throws IllegalStateException if the library is missing
         */
        public Builder cron(String expression) {
            try {
                untilNext = new CronTimes(expression)::untilNext;
            } catch (NoClassDefFoundError e) {
                throw new IllegalStateException(
                        "A cron expression needs the library com.cronutils:cron-utils. Add it, or use an interval", e);
            }
            return this;
        }

        /**
         * Sets how much memory must be free for a run to do something. By default {@value #DEFAULT_THRESHOLD}.
         *
         * @param share 1 - allocated bytes / committed bytes, 0 to 1
         * @throws IllegalArgumentException if it is out of range
         */
        public Builder threshold(double share) {
            if (!(share >= 0 && share <= 1)) {
                throw new IllegalArgumentException("share is " + share + ", must be 0 to 1");
            }
            threshold = share;
            return this;
        }

        /** Sets what one pass may do. By default {@link #DEFAULT_BUDGET}. */
        public Builder budget(Budget most) {
            budget = most;
            return this;
        }

        /** Sets what is moved. By default each run chooses by the {@linkplain Fragmentation#pattern pattern}. */
        public Builder strategy(Strategy always) {
            strategy = always;
            return this;
        }

        /** Sets what is called after each run that did something, on the housekeeping thread. It must be short. */
        public Builder onRun(Consumer<? super Run> action) {
            listener = action;
            return this;
        }

        /**
         * Starts it.
         *
         * @throws IllegalStateException if neither {@link #every} nor {@link #cron} was called, or the heap is closed
         */
        public DefragmentationSchedule start() {
            if (untilNext == null) {
                throw new IllegalStateException("The schedule has no times. Call every(interval) or cron(expression)");
            }
            heap.requireOpen();
            DefragmentationSchedule schedule = new DefragmentationSchedule(this, untilNext);
            schedule.waitForNext();
            return schedule;
        }
    }
}
