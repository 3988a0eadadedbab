package dev.ashlar.replay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Assigns the events of a trace to real threads. Each thread plays its events in recorded order.
 *
 * <p>A trace that was recorded on several threads keeps them: recorded thread {@code t} is played by real thread {@code
 * t} modulo their number. A trace of one thread is played by a producer and consumers: the first real thread allocates
 * everything, and the others free, block {@code b} by consumer {@code b} modulo their number.
 *
 * <p>The threads live until the lanes are closed, so that what an allocator keeps for a thread is kept between runs.
 */
final class Lanes implements AutoCloseable {

    /** Far more than machines have cores, and as many stacks as any machine has room for. */
    static final int MOST = 1_000;

    /** How often a waiting thread checks before it yields: about as long as a few operations take. */
    private static final int SPINS = 200;

    /** The events of each real thread. */
    private final int[][] events;

    /** The failure that ended the replay, so that no thread waits for one that failed. */
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    /** The real threads; empty if the caller plays the only lane. */
    private final List<ExecutorService> threads;

    private Lanes(int[][] events, @Nullable ThreadFactory factory) {
        this.events = events;
        ThreadFactory maker =
                factory == null ? Thread.ofPlatform().name("lane-", 0).daemon().factory() : factory;
        this.threads = events.length == 1 && factory == null
                ? List.of()
                : Arrays.stream(events)
                        .map(_ -> Executors.newSingleThreadExecutor(maker))
                        .toList();
    }

    /**
     * Assigns the events of a trace.
     *
     * @param threads how many real threads there may be, or 0 for as many as were recorded
     * @param factory makes these threads, or null for ordinary ones
     */
    static Lanes of(Trace trace, int threads, @Nullable ThreadFactory factory) {
        int count = count(trace, threads);
        int[] lanes = new int[trace.events()];
        Arrays.setAll(lanes, event -> lane(trace, event, count));
        return new Lanes(
                IntStream.range(0, count)
                        .mapToObj(lane -> IntStream.range(0, lanes.length)
                                .filter(event -> lanes[event] == lane)
                                .toArray())
                        .toArray(int[][]::new),
                factory);
    }

    private static int lane(Trace trace, int event, int count) {
        if (count == 1) {
            return 0;
        }
        if (trace.threadCount > 1) {
            return trace.threads[event] % count;
        }
        int operation = trace.operations[event];
        return Trace.allocates(operation) ? 0 : 1 + operation % (count - 1);
    }

    /** How many real threads would play: a trace of several threads uses no more than it has. */
    static int count(Trace trace, int threads) {
        boolean asRecorded = threads == 0 || (trace.threadCount > 1 && threads > trace.threadCount);
        return asRecorded ? Math.min(trace.threadCount, MOST) : threads;
    }

    /** How many real threads play. */
    int count() {
        return events.length;
    }

    /** Plays the events of one real thread. */
    @FunctionalInterface
    interface Player {
        void play(int[] events);
    }

    /**
     * Runs a player on every real thread at once and waits for all of them. A single lane on an ordinary thread is
     * played by the caller.
     *
     * @return nanoseconds from the start of the first to the end of the last
     * @throws ReplayFailure if one of them fails
     */
    long play(Player player) {
        if (threads.isEmpty()) {
            long start = System.nanoTime();
            player.play(events[0]);
            return System.nanoTime() - start;
        }
        long[] starts = new long[count()];
        long[] ends = new long[count()];
        CyclicBarrier ready = new CyclicBarrier(count());
        List<Future<?>> lanes = new ArrayList<>();
        for (int lane = 0; lane < count(); lane++) {
            int own = lane;
            lanes.add(threads.get(lane).submit(() -> {
                try {
                    ready.await();
                    starts[own] = System.nanoTime();
                    player.play(events[own]);
                    ends[own] = System.nanoTime();
                } catch (RuntimeException | Error | InterruptedException | BrokenBarrierException e) {
                    failure.compareAndSet(null, e);
                }
            }));
        }
        lanes.forEach(Lanes::await);
        Throwable thrown = failure.get();
        if (thrown != null) {
            throw thrown instanceof ReplayFailure replayFailure
                    ? replayFailure
                    : new ReplayFailure("a thread of the replay", thrown);
        }
        return Arrays.stream(ends).max().orElseThrow()
                - Arrays.stream(starts).min().orElseThrow();
    }

    private static void await(Future<?> lane) {
        try {
            lane.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while threads of the replay were at work");
        } catch (ExecutionException e) {
            throw new AssertionError("a lane catches what its player throws", e);
        }
    }

    /**
     * Waits within {@link #play} until another thread has done its part.
     *
     * @throws CancellationException if one of the threads has failed
     */
    @SuppressWarnings("ThreadPriorityCheck") // there may be more threads than cores
    void await(BooleanSupplier done) {
        for (int looks = 1; !done.getAsBoolean(); looks++) {
            if (failure.get() != null) {
                throw new CancellationException("another thread of the replay failed");
            }
            if (looks % SPINS == 0) {
                Thread.yield();
            } else {
                Thread.onSpinWait();
            }
        }
    }

    /** Ends the threads. */
    @Override
    public void close() {
        threads.forEach(ExecutorService::shutdownNow);
    }
}
