package dev.ashlar.testkit.sizeclass;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Confinable;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProvider;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.testkit.FaultySource;
import dev.ashlar.testkit.Race;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Threads that wait between bursts of work, each in another way, while another thread keeps evicting the slabs of
 * waiting threads. If one is evicted in the middle of an operation, two threads use one slab. Then a block is handed
 * out twice, the free of a live one is refused, a count is lost, or memory remains after everything was freed.
 *
 * <p>It is also a program, so that it can run with other compilers and collectors.
 */
public final class EvictionWorkload {

    private static final int[] SIZES = {8, 24, 64, 200, 592, 2048, 9_000};

    private static final int BURST = 60;

    private final Allocator allocator;
    private final FaultySource source;
    private final long until;
    private final AtomicLong allocations = new AtomicLong();
    private final AtomicInteger workers = new AtomicInteger();
    private final BlockingQueue<Stamped> queue = new ArrayBlockingQueue<>(64);
    private final Object monitor = new Object();

    /** A block whose bytes contain the number of its allocation. */
    private record Stamped(MemorySegment block, long stamp) {

        void write() {
            block.fill((byte) stamp);
            block.set(ValueLayout.JAVA_LONG, 0, stamp);
        }

        void verify() {
            if (block.get(ValueLayout.JAVA_LONG, 0) != stamp) {
                throw overwritten(0);
            }
            for (long i = Long.BYTES; i < block.byteSize(); i += i < 64 ? 1 : 61) {
                if (block.get(ValueLayout.JAVA_BYTE, i) != (byte) stamp) {
                    throw overwritten(i);
                }
            }
        }

        private AssertionError overwritten(long i) {
            return new AssertionError("byte " + i + " of the live block at 0x" + Long.toHexString(block.address())
                    + " was changed by another thread");
        }
    }

    private EvictionWorkload(AllocatorProvider provider, long millis) {
        source = FaultySource.withoutPadding();
        allocator = provider.create(
                AllocatorConfig.builder().source(source).retainedBytes(1 << 20).build());
        until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    }

    /**
     * Runs it as a program.
     *
     * @param args the name of the strategy, and milliseconds
     */
    public static void main(String[] args) {
        System.out.println(run(AllocatorProviders.require(args[0]), Long.parseLong(args[1])));
    }

    /**
     * Runs it.
     *
     * @param provider the strategy
     * @param millis for how many milliseconds
     * @return a summary
     * @throws AssertionError if anything is wrong
     */
    public static String run(AllocatorProvider provider, long millis) {
        return new EvictionWorkload(provider, millis).run();
    }

    private String run() {
        AtomicInteger trims = new AtomicInteger();
        List<Race.Task> tasks = new ArrayList<>();
        List<Way> ways = List.of(
                () -> LockSupport.parkNanos(20_000),
                () -> Thread.sleep(0, 50_000),
                this::waitOnMonitor,
                this::enterMonitor,
                this::exchange,
                () -> {}); // never waits
        for (Way way : ways) {
            tasks.add(() -> work(allocator, way));
            tasks.add(() -> workThroughViews(way));
        }
        tasks.add(() -> workThroughPipe(allocator));
        workers.set(tasks.size());
        tasks.add(() -> {
            while (workers.get() > 0 && !Thread.currentThread().isInterrupted()) {
                allocator.trim();
                trims.incrementAndGet();
                if (trims.get() % 8 == 0) {
                    LockSupport.parkNanos(100_000);
                }
            }
        });
        Race.run(tasks);
        queue.forEach(block -> free(allocator, block));
        check();
        allocator.close();
        source.close();
        return allocations.get() + " blocks, " + trims.get() + " trims";
    }

    private void check() {
        allocator.trim();
        AllocatorStats stats = allocator.stats();
        require(stats.allocations() == allocations.get(), stats.allocations() + " of " + allocations + " counted");
        require(stats.liveBlocks() == 0, stats.liveBlocks() + " blocks live");
        require(stats.requestedBytes() == 0, stats.requestedBytes() + " bytes requested");
        require(stats.allocatedBytes() == 0, stats.allocatedBytes() + " bytes allocated");
        require(stats.invalidFrees() == 0, stats.invalidFrees() + " frees refused");
        require(source.openBytes() == 0, source.openBytes() + " bytes committed after the last trim");
        require(source.misuses().isEmpty(), source.misuses().toString());
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("when all was freed: " + what);
        }
    }

    /** How a thread waits. */
    private interface Way {
        void await() throws InterruptedException;
    }

    @SuppressWarnings("WaitNotInLoop") // it waits for a time, not for a condition
    private void waitOnMonitor() throws InterruptedException {
        long enough = System.nanoTime() + 200_000;
        synchronized (monitor) {
            while (System.nanoTime() < enough) {
                monitor.wait(1);
            }
        }
    }

    private void enterMonitor() {
        synchronized (monitor) {
            monitor.notifyAll();
            LockSupport.parkNanos(20_000);
        }
    }

    /** Passes a block to another thread, and frees one from another thread. */
    private void exchange() throws InterruptedException {
        Stamped block = allocate(allocator, 64);
        if (!queue.offer(block, 1, TimeUnit.MILLISECONDS)) {
            free(allocator, block);
        }
        Stamped other = queue.poll(100, TimeUnit.MICROSECONDS);
        if (other != null) {
            free(allocator, other);
        }
    }

    private boolean goesOn() throws InterruptedException {
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedException("another thread failed");
        }
        return System.nanoTime() < until;
    }

    private void work(Allocator mine, Way way) throws InterruptedException {
        SplittableRandom random = new SplittableRandom(Thread.currentThread().threadId());
        List<Stamped> held = new ArrayList<>();
        try {
            while (goesOn()) {
                burst(mine, random, held);
                way.await();
            }
            freeAll(mine, held);
        } finally {
            workers.decrementAndGet();
        }
    }

    /** Two views at a time, so that one of them is evicted while the other is in use. */
    private void workThroughViews(Way way) throws InterruptedException {
        SplittableRandom random = new SplittableRandom(Thread.currentThread().threadId());
        List<Stamped> held = new ArrayList<>();
        Confinable confinable = allocator.as(Confinable.class).orElseThrow();
        try {
            while (goesOn()) {
                try (Allocator view = confinable.confined();
                        Allocator other = confinable.confined()) {
                    for (int i = 0; i < 20 && goesOn(); i++) {
                        burst(i % 3 == 0 ? other : view, random, held);
                        way.await();
                    }
                }
            }
            freeAll(allocator, held);
        } finally {
            workers.decrementAndGet();
        }
    }

    /** Waits in a native method for a byte that another thread writes a moment later. */
    private void workThroughPipe(Allocator mine) throws InterruptedException, IOException {
        SplittableRandom random = new SplittableRandom(Thread.currentThread().threadId());
        List<Stamped> held = new ArrayList<>();
        Pipe pipe = Pipe.open();
        Thread writer = Thread.ofPlatform().daemon().start(() -> {
            try {
                while (System.nanoTime() < until) {
                    LockSupport.parkNanos(50_000);
                    pipe.sink().write(ByteBuffer.wrap(new byte[] {1}));
                }
                pipe.sink().close();
            } catch (IOException e) {
                // the reader closed its end first
            }
        });
        try {
            ByteBuffer buffer = ByteBuffer.allocateDirect(1);
            while (goesOn()) {
                burst(mine, random, held);
                buffer.clear();
                pipe.source().read(buffer);
            }
            freeAll(mine, held);
        } finally {
            workers.decrementAndGet();
            pipe.source().close();
            writer.join();
        }
    }

    /** Allocates, writes, and frees blocks that it has held, some for a long time. */
    private void burst(Allocator mine, SplittableRandom random, List<Stamped> held) {
        for (int i = random.nextInt(BURST); i >= 0; i--) {
            if (held.size() < BURST && random.nextInt(5) < 3) {
                held.add(allocate(mine, SIZES[random.nextInt(SIZES.length)]));
            } else if (!held.isEmpty()) {
                int last = held.size() - 1;
                int chosen = random.nextInt(held.size());
                Stamped block = held.get(chosen);
                held.set(chosen, held.get(last));
                held.remove(last);
                free(mine, block);
            }
        }
    }

    private Stamped allocate(Allocator mine, int byteSize) {
        Stamped stamped = new Stamped(mine.allocate(byteSize, 8), allocations.incrementAndGet());
        stamped.write();
        return stamped;
    }

    private static void free(Allocator mine, Stamped block) {
        block.verify();
        mine.free(block.block);
    }

    private static void freeAll(Allocator mine, List<Stamped> held) {
        held.forEach(block -> free(mine, block));
    }
}
