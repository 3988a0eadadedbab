package dev.ashlar.verification.workload;

import dev.ashlar.api.Allocator;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Threads that start and end, and blocks that pass between them. In each round, threads allocate blocks of mixed sizes
 * up to a few megabytes; some they free, some they keep until they end, and some they exchange for blocks of other
 * threads in a shared array, which remains after the round. So a block is freed by the thread that allocated it, by
 * another one, or by one that did not exist then. The contents of every block are checked when it is freed.
 */
final class Mstress {

    private static final int TRANSFERS = 1000;
    private static final long SEED = 0xbf58476d1ce4e5b9L;

    private final Allocator allocator;
    private final int threads;
    private final int scale;
    private final AtomicReferenceArray<@Nullable MemorySegment> transfers = new AtomicReferenceArray<>(TRANSFERS);

    /**
     * A workload on an allocator.
     *
     * @param allocator the allocator
     * @param threads the number of threads at a time
     * @param scale how much each does: the first 100 times this many temporary blocks, the second twice as many, up to
     *     eight times, and half as many that it keeps
     */
    Mstress(Allocator allocator, int threads, int scale) {
        this.allocator = allocator;
        this.threads = threads;
        this.scale = scale;
    }

    /** Runs a number of rounds. After the last one no block is live. */
    void run(int rounds) throws InterruptedException, ExecutionException {
        for (int round = 0; round < rounds; round++) {
            Generation workers = new Generation();
            for (int number = 0; number < threads; number++) {
                SplittableRandom random = new SplittableRandom(SEED + (long) round * threads + number);
                int allocations = 100 * scale * (number % 8 + 1);
                workers.add(() -> work(random, allocations));
            }
            workers.run(Thread.ofPlatform().name("mstress").factory());
            freeTransfers(new SplittableRandom(SEED - round), round == rounds - 1);
        }
    }

    private void freeTransfers(SplittableRandom random, boolean all) {
        for (int i = 0; i < TRANSFERS; i++) {
            if (chance(random, 50) || all) {
                Item.free(allocator, transfers.getAndSet(i, null));
            }
        }
    }

    private void work(SplittableRandom random, int allocations) {
        int toAllocate = allocations;
        int toRetain = allocations / 2;
        ItemArray data = new ItemArray(allocator);
        ItemArray retained = new ItemArray(allocator);
        while (toAllocate > 0 || toRetain > 0) {
            if (toRetain == 0 || (chance(random, 50) && toAllocate > 0)) {
                toAllocate--;
                data.append(item(random, 1L << random.nextInt(5)));
            } else {
                toRetain--;
                retained.append(item(random, 1L << random.nextInt(7)));
            }
            if (chance(random, 66) && data.size() > 0) {
                Item.free(allocator, data.exchange(random.nextInt(data.size()), null));
            }
            if (chance(random, 25) && data.size() > 0) {
                int index = random.nextInt(data.size());
                data.exchange(index, transfers.getAndSet(random.nextInt(TRANSFERS), data.get(index)));
            }
        }
        retained.free();
        data.free();
    }

    private MemorySegment item(SplittableRandom random, long words) {
        long factor = 1;
        if (chance(random, 1)) {
            factor = chance(random, 1) ? 10_000 : chance(random, 10) ? 1_000 : 100;
        }
        return Item.allocate(allocator, words * factor);
    }

    /** True {@code percent + 1} times of a hundred. */
    private static boolean chance(SplittableRandom random, int percent) {
        return random.nextInt(100) <= percent;
    }
}
