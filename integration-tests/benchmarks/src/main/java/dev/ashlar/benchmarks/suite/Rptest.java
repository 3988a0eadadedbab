package dev.ashlar.benchmarks.suite;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Scattered frees and allocations, with lists of blocks handed to other threads ("rptest"). In each loop a thread frees
 * blocks of its slots, frees what others have handed to it, and allocates more blocks into its slots. It goes through
 * the slots in steps of a prime number, another one for each of the two. In every second loop it allocates a further
 * list of blocks, and pushes it on the lock-free inbox of another thread, each of the others in turn. A thread without
 * others hands nothing on. The sizes are up to 16,000 bytes, smaller ones more likely, and the alignment of those below
 * 4,096 bytes cycles. Each page of a block is touched, and its last byte.
 *
 * <p>After each of two iterations all threads free everything, and pause. An operation is an allocation or a free. The
 * pauses are not in the time.
 *
 * @param loops of each iteration
 * @param slots of each thread
 * @param calls about how many blocks a loop frees and allocates
 * @param exponential whether small sizes are still more likely
 */
record Rptest(int loops, int slots, int calls, boolean exponential) implements Workload {

    private static final int SMALLEST = 8;
    private static final int LARGEST = 16_000;
    private static final int[] ALIGNMENTS = {1, 8, 16};
    private static final int ALIGNED_BELOW = 4_096;
    private static final int PAGE = 4_096;
    private static final int ITERATIONS = 2;
    private static final long PAUSE_MILLIS = 10;

    private static final double[] UNIFORM =
            new SplittableRandom(3).doubles(2_000).toArray();

    /** Percentages of the calls. */
    private static final int[] PERCENTS =
            new SplittableRandom(4).ints(256, 30, 100).toArray();

    /** The most percentages apart that the numbers of frees and of allocations are, in the table. */
    private static final int APART = 101;

    static Rptest of(Length length, boolean exponential) {
        return new Rptest(
                length.of(12, 500, 2_500), length.of(200, 1_000, 10_000), length.of(20, 100, 1_000), exponential);
    }

    /** A list of blocks, on the inbox of a thread. The list below it is set when it is pushed. */
    private static final class Handover {

        final Slots blocks;

        @Nullable Handover below;

        Handover(int count) {
            this.blocks = new Slots(count);
        }
    }

    @Override
    public Score run(Team team) throws InterruptedException {
        List<AtomicReference<@Nullable Handover>> inboxes = new ArrayList<>();
        Stream.generate(() -> new AtomicReference<@Nullable Handover>())
                .limit(team.size())
                .forEach(inboxes::add);
        CyclicBarrier barrier = new CyclicBarrier(team.size());
        long nanos = team.time(client -> {
            Worker worker = new Worker(client, inboxes);
            for (int iteration = 0; iteration < ITERATIONS; iteration++) {
                worker.loop();
                barrier.await();
                worker.freeAll();
                barrier.await();
                Thread.sleep(PAUSE_MILLIS);
            }
            client.count(worker.operations);
        });
        return new Score(team.operations(), nanos - ITERATIONS * PAUSE_MILLIS * 1_000_000);
    }

    /** The first prime number from 7 on, after another, that does not divide the number of slots. */
    private static int step(int slots, int after) {
        int step = Math.max(7, after + 1);
        while (slots % step == 0 || !isPrime(step)) {
            step++;
        }
        return step;
    }

    private static boolean isPrime(int number) {
        for (int divisor = 2; divisor * divisor <= number; divisor++) {
            if (number % divisor == 0) {
                return false;
            }
        }
        return true;
    }

    /** One thread with its slots. */
    private final class Worker {

        private final Client client;
        private final List<AtomicReference<@Nullable Handover>> inboxes;
        private final Slots own = new Slots(slots);
        private final int allocateStep = step(slots, 0);
        private final int freeStep = step(slots, allocateStep);
        private int allocateAt;
        private int freeAt;
        private int nextSize;
        private int nextAlignment;
        private int receiver;
        private long operations;

        Worker(Client client, List<AtomicReference<@Nullable Handover>> inboxes) {
            this.client = client;
            this.inboxes = inboxes;
            this.receiver = client.index;
            this.nextSize = client.random.nextInt(UNIFORM.length);
        }

        void loop() {
            for (int loop = 0; loop < loops; loop++) {
                int percentage = client.index + loop;
                int frees = calls * PERCENTS[percentage % PERCENTS.length] * 8 / 1_000;
                int allocations = calls * PERCENTS[(percentage + APART) % PERCENTS.length] / 100;
                for (int i = 0; i < frees; i++) {
                    free(own, freeAt);
                    freeAt = (freeAt + freeStep) % slots;
                }
                freeReceived();
                for (int i = 0; i < allocations; i++) {
                    free(own, allocateAt);
                    allocate(own, allocateAt);
                    allocateAt = (allocateAt + allocateStep) % slots;
                }
                if (loop % 2 == 1 && inboxes.size() > 1) {
                    handOver(allocations);
                }
            }
        }

        private void handOver(int count) {
            Handover handover = new Handover(count);
            for (int slot = 0; slot < count; slot++) {
                allocate(handover.blocks, slot);
            }
            receiver = (receiver + 1) % inboxes.size();
            if (receiver == client.index) {
                receiver = (receiver + 1) % inboxes.size();
            }
            AtomicReference<@Nullable Handover> inbox = inboxes.get(receiver);
            do {
                handover.below = inbox.get();
            } while (!inbox.compareAndSet(handover.below, handover));
        }

        private void freeReceived() {
            Handover received = inboxes.get(client.index).getAndSet(null);
            for (; received != null; received = received.below) {
                for (int slot = 0; slot < received.blocks.count(); slot++) {
                    free(received.blocks, slot);
                }
            }
        }

        void freeAll() {
            for (int slot = 0; slot < slots; slot++) {
                free(own, slot);
            }
            freeReceived();
        }

        private void free(Slots from, int slot) {
            if (!from.isEmpty(slot)) {
                from.free(client, slot);
                operations++;
            }
        }

        private void allocate(Slots to, int slot) {
            int byteSize = byteSize();
            long address = to.allocate(client, slot, byteSize, byteAlignment(byteSize));
            operations++;
            client.putInt(address, byteSize);
            for (int offset = PAGE; offset < byteSize; offset += PAGE) {
                client.putByte(address + offset, byteSize);
            }
            client.putByte(address + byteSize - 1, byteSize);
        }

        private int byteAlignment(int byteSize) {
            if (byteSize >= ALIGNED_BELOW) {
                return ALIGNMENTS[0];
            }
            nextAlignment = (nextAlignment + 1) % ALIGNMENTS.length;
            return ALIGNMENTS[nextAlignment];
        }

        private int byteSize() {
            double one = uniform();
            double two = uniform();
            double scale = uniform();
            double part = exponential ? (1 - one) * (1 - two) : Math.abs(1 - one - two);
            return SMALLEST + (int) ((LARGEST - SMALLEST) * scale * part);
        }

        private double uniform() {
            nextSize = (nextSize + 1) % UNIFORM.length;
            return UNIFORM[nextSize];
        }
    }
}
