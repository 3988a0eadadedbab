package dev.ashlar.replay;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Inspectable;
import dev.ashlar.heap.Defragmentation;
import dev.ashlar.heap.Defragmentation.Budget;
import dev.ashlar.heap.Defragmentation.Strategy;
import dev.ashlar.heap.Handle;
import dev.ashlar.heap.HandleHeap;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.HdrHistogram.Histogram;

/**
 * Fills a heap of handles, frees a share of the blocks at random, and compacts it.
 *
 * @param provider of an allocator that retains nothing
 * @param law the sizes of blocks
 * @param fillBytes live bytes before the frees
 * @param freedShare the share of the blocks that is freed
 * @param readers threads that read blocks while others are moved
 */
record CompactionExperiment(
        AllocatorProvider provider, BlockSizes law, long fillBytes, double freedShare, int readers) {

    private static final long SEED = 1;

    /**
     * What it reached.
     *
     * @param before committed over live bytes before the compaction
     * @param meshed what it would be if spans of slabs were meshed instead; negative without slabs
     * @param after the same after it
     * @param movedShare the share of the live bytes that was moved
     * @param nanosPerByte time of the compaction for each byte moved
     * @param readNanos times of reads meanwhile
     */
    record Outcome(
            double before, double meshed, double after, double movedShare, double nanosPerByte, Histogram readNanos) {

        double readMicros(double percentile) {
            return readNanos.getValueAtPercentile(percentile) / 1000.0;
        }
    }

    Outcome run() throws InterruptedException {
        AllocatorConfig config = AllocatorConfig.builder().retainedBytes(0).build();
        try (Allocator allocator = provider.create(config);
                HandleHeap heap = new HandleHeap(allocator)) {
            List<Handle> live = fillAndFree(heap);
            allocator.trim();
            double before = committedOverLive(allocator, heap);
            long meshed =
                    allocator.as(Inspectable.class).map(Meshing::committedBytes).orElse(-1L);
            Histogram reads = new Histogram(2);
            Defragmentation.Result result = compact(heap, live, reads);
            for (Handle handle : live) {
                check(heap, handle);
            }
            return new Outcome(
                    before,
                    (double) meshed / heap.requestedBytes(),
                    committedOverLive(allocator, heap),
                    (double) result.bytesMoved() / heap.requestedBytes(),
                    (double) result.time().toNanos() / Math.max(1, result.bytesMoved()),
                    reads);
        }
    }

    private static double committedOverLive(Allocator allocator, HandleHeap heap) {
        return (double) allocator.stats().committedBytes() / heap.requestedBytes();
    }

    private List<Handle> fillAndFree(HandleHeap heap) {
        SplittableRandom random = new SplittableRandom(SEED);
        List<Handle> all = new ArrayList<>();
        while (heap.requestedBytes() < fillBytes) {
            Handle handle = heap.allocate(Math.max(Long.BYTES, law.next(random)));
            heap.write(handle, memory -> memory.set(ValueLayout.JAVA_LONG, 0, handle.bits()));
            all.add(handle);
        }
        List<Handle> live = new ArrayList<>();
        for (Handle handle : all) {
            if (random.nextDouble() < freedShare) {
                heap.free(handle);
            } else {
                live.add(handle);
            }
        }
        return live;
    }

    private static void check(HandleHeap heap, Handle handle) {
        long found = heap.read(handle, memory -> memory.get(ValueLayout.JAVA_LONG, 0));
        if (found != handle.bits()) {
            throw new IllegalStateException(handle + " holds " + found + " after it was moved");
        }
    }

    private Defragmentation.Result compact(HandleHeap heap, List<Handle> live, Histogram reads)
            throws InterruptedException {
        AtomicBoolean isOver = new AtomicBoolean();
        try (ExecutorService threads = Executors.newCachedThreadPool();
                Defragmentation defragmentation = heap.defragment(Strategy.REORGANIZE)) {
            List<Future<Histogram>> running = new ArrayList<>();
            for (int reader = 0; reader < readers; reader++) {
                SplittableRandom random = new SplittableRandom(SEED + reader);
                Callable<Histogram> reading = () -> read(heap, live, random, isOver);
                running.add(threads.submit(reading));
            }
            try {
                return defragmentation.pass(Budget.UNBOUNDED);
            } finally {
                isOver.set(true);
                for (Future<Histogram> each : running) {
                    reads.add(each.get());
                }
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("A reader failed", e.getCause());
        }
    }

    private static Histogram read(HandleHeap heap, List<Handle> live, SplittableRandom random, AtomicBoolean isOver) {
        Histogram times = new Histogram(2);
        while (!isOver.get()) {
            Handle handle = live.get(random.nextInt(live.size()));
            long start = System.nanoTime();
            check(heap, handle);
            times.recordValue(System.nanoTime() - start);
        }
        return times;
    }
}
