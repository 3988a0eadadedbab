package dev.ashlar.benchmarks.suite;

import dev.ashlar.benchmarks.FirstByte;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Producers that only allocate and consumers that only free ("xmalloc"), as many of each as there are threads. A
 * producer allocates a batch record, fills it with the addresses of new blocks, writes up to 128 bytes of each, and
 * pushes it on a stack under a lock. It waits while the stack is full. A consumer pops a record and frees the blocks
 * and the record. So no block is freed by the thread that allocated it.
 *
 * <p>An operation is the free of a block by a consumer.
 *
 * @param millis how long a round takes
 * @param size of each block, or {@link #RANDOM_SIZES} for random ones of 8 to 2,048 bytes
 * @param batch blocks in a batch
 * @param queued batches on the stack at most
 */
record Xmalloc(long millis, int size, int batch, int queued) implements Workload {

    private static final int[] SIZES = {8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048};

    /** Instead of a size: random ones. */
    static final int RANDOM_SIZES = -1;

    private static final long WRITTEN = 128;

    static Xmalloc of(Length length, int size) {
        return new Xmalloc(length.millis(15, 500, 5_000), size, length.of(256, 4_096, 4_096), length.of(10, 100, 100));
    }

    @Override
    public Score run(Team team) throws InterruptedException {
        Stack stack = new Stack(team);
        long start = System.nanoTime();
        for (int i = 0; i < team.size(); i++) {
            team.start(team.newClient(), client -> produce(team, stack, client));
        }
        for (int i = 0; i < team.size(); i++) {
            team.start(team.newClient(), client -> consume(stack, client));
        }
        team.join(millis);
        long nanos = System.nanoTime() - start;
        team.prepare(main -> {
            for (Batch left = stack.poll(); left != null; left = stack.poll()) {
                free(left, main);
            }
        });
        return new Score(team.operations(), nanos);
    }

    /**
     * A batch of blocks. Its record, a block too, holds their addresses and that of the record below it on the stack.
     *
     * @param record the address of the record
     * @param seed chooses the sizes of the blocks
     * @param below the address of the record below it, or 0
     */
    private record Batch(long record, long seed, long below) {}

    private long recordBytes() {
        return (batch + 1L) * Long.BYTES;
    }

    private void produce(Team team, Stack stack, Client client) throws InterruptedException {
        while (!team.isStopped()) {
            Batch made = new Batch(client.allocateUnfilled(recordBytes()), client.random.nextLong(), 0);
            for (int i = 0; i < batch; i++) {
                int byteSize = byteSize(made, i);
                long address = client.allocate(byteSize);
                client.fill(address, Math.min(WRITTEN, byteSize), i);
                put(made, i, address);
            }
            if (!stack.push(made)) {
                free(made, client);
            }
        }
    }

    private void consume(Stack stack, Client client) throws InterruptedException {
        for (Batch next = stack.pop(); next != null; next = stack.pop()) {
            long link = get(next, batch);
            if (client.keepsContents() && link != next.below) {
                throw new CheckFailure("the link of a batch record holds 0x" + Long.toHexString(link) + ", and 0x"
                        + Long.toHexString(next.below) + " was written");
            }
            free(next, client);
            client.count(batch);
        }
    }

    private void free(Batch batch, Client client) {
        for (int i = 0; i < this.batch; i++) {
            client.free(get(batch, i), byteSize(batch, i));
        }
        client.free(batch.record, recordBytes());
    }

    /** The size of a block: random, and the same for the producer and the consumer. */
    private int byteSize(Batch batch, int i) {
        return size != RANDOM_SIZES ? size : SIZES[Math.floorMod((batch.seed + i) * 0x9E3779B97F4A7C15L, SIZES.length)];
    }

    private static void put(Batch batch, int i, long value) {
        FirstByte.MEMORY.set(ValueLayout.JAVA_LONG, batch.record + i * (long) Long.BYTES, value);
    }

    private static long get(Batch batch, int i) {
        return FirstByte.MEMORY.get(ValueLayout.JAVA_LONG, batch.record + i * (long) Long.BYTES);
    }

    /** The batches that wait for a consumer. */
    private final class Stack {

        /** How long a thread waits before it looks whether the time is over. */
        private static final long PATIENCE_MILLIS = 5;

        private final Team team;
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition notFull = lock.newCondition();
        private final Condition notEmpty = lock.newCondition();
        private final Deque<Batch> batches = new ArrayDeque<>();

        Stack(Team team) {
            this.team = team;
        }

        /** Returns false if the time is over. */
        boolean push(Batch made) throws InterruptedException {
            lock.lockInterruptibly();
            try {
                while (batches.size() >= queued) {
                    if (team.isStopped()) {
                        return false;
                    }
                    notFull.await(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
                }
                Batch top = batches.peek();
                Batch linked = new Batch(made.record, made.seed, top == null ? 0 : top.record);
                put(linked, batch, linked.below);
                batches.push(linked);
                notEmpty.signal();
                return true;
            } finally {
                lock.unlock();
            }
        }

        /** Returns null if the time is over. */
        @Nullable Batch pop() throws InterruptedException {
            lock.lockInterruptibly();
            try {
                while (batches.isEmpty() && !team.isStopped()) {
                    notEmpty.await(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
                }
                if (team.isStopped()) {
                    return null;
                }
                notFull.signal();
                return batches.pop();
            } finally {
                lock.unlock();
            }
        }

        /** The next batch that is left, or null. */
        @Nullable Batch poll() {
            return batches.poll();
        }
    }
}
