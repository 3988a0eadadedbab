package dev.ashlar.benchmarks.suite;

import dev.ashlar.benchmarks.FirstByte;
import java.lang.foreign.ValueLayout;

/**
 * Replacements of which most hit a few slots ("alloc-test", with a Pareto law of six levels: 80 % of the accesses hit
 * 20 % of the slots, of these again 80 % hit 20 %, and so on). If the chosen slot has a block, all of the block is read
 * and it is freed; otherwise a block is allocated and written. Most blocks are tiny: the sizes are up to 1 KiB, with a
 * mean of some tens of bytes. Each thread has its own slots.
 *
 * <p>An operation is such an access.
 *
 * @param items slots of all threads together
 * @param accesses of each thread
 * @param sizeExp the binary logarithm of the largest size
 */
record Paretotest(int items, int accesses, int sizeExp) implements Workload {

    /** The probability of each class of slots. The classes' shares of the slots are the same in reverse order. */
    private static final double[] SHARES = {.262144, .393216, .24576, .08192, .01536, .001536, .000064};

    /** With fewer slots the class that is hit most is empty. */
    private static final int FEWEST_ITEMS = 15_625;

    static Paretotest of(Length length) {
        return new Paretotest(length.of(1 << 17, 1 << 18, 1 << 18), length.of(20_000, 1_000_000, 100_000_000), 10);
    }

    @Override
    public int mostThreads() {
        return items / FEWEST_ITEMS;
    }

    @Override
    public Score run(Team team) throws InterruptedException {
        long nanos = team.time(client -> new Worker(client, items / team.size()).run());
        return new Score(team.operations(), nanos);
    }

    /** One thread with its slots. */
    private final class Worker {

        private final Client client;
        private final Slots slots;
        private final int[] firstOfClass = new int[SHARES.length];
        private final int[] countOfClass = new int[SHARES.length];

        /** For each class, the probability of it or one before it, as unsigned 32 bits. */
        private final long[] boundOfClass = new long[SHARES.length];

        /** The state of the generator, which is not 0. */
        private long state;

        Worker(Client client, int items) {
            this.client = client;
            this.slots = new Slots(items);
            this.state = client.random.nextLong() | 1;
            double probability = 0;
            int first = 0;
            for (int i = 0; i < SHARES.length; i++) {
                probability += SHARES[i];
                boundOfClass[i] = (long) (probability * (1L << 32));
                firstOfClass[i] = first;
                countOfClass[i] = (int) (SHARES[SHARES.length - 1 - i] * items);
                first += countOfClass[i];
            }
        }

        void run() {
            for (int slot = 0; slot < slots.count(); slot++) {
                if ((next64() & 1) == 0) {
                    allocate(slot);
                }
            }
            for (int i = 0; i < accesses; i++) {
                int slot = slot(next32(), next32());
                if (slots.isEmpty(slot)) {
                    allocate(slot);
                } else {
                    client.use(sum(slots.address(slot), slots.byteSize(slot)));
                    slots.free(client, slot);
                }
            }
            slots.freeAll(client);
            client.count(accesses);
        }

        private void allocate(int slot) {
            int byteSize = byteSize(next64());
            client.fill(slots.allocate(client, slot, byteSize), byteSize, byteSize);
        }

        /** From the least level, which is hit most often and has the fewest slots, to the next. */
        private int slot(long forClass, long forSlot) {
            int i = 0;
            while (i < SHARES.length - 1 && forClass >= boundOfClass[i]) {
                i++;
            }
            return firstOfClass[i] + (int) (forSlot % countOfClass[i]);
        }

        /** Each doubling of the size is half as likely as the one below it. */
        private int byteSize(long bits) {
            int exponent = sizeExp - 3;
            long choice = (bits & ((1 << exponent) - 1)) + 1;
            int doubling = Long.numberOfTrailingZeros(choice) + 2;
            return (int) ((bits >>> exponent) & ((1 << doubling) - 1)) + 1 + (1 << doubling);
        }

        private long next64() {
            return (next32() << 32) | next32();
        }

        /** 32 bits, as an unsigned number. */
        private long next32() {
            long bits = (state * 0xd989bcacc137dcd5L) >>> 32;
            state ^= state >>> 11;
            state ^= state << 31;
            state ^= state >>> 18;
            return bits;
        }
    }

    /** Reads the whole words of a block, and its last bytes. */
    private static long sum(long address, int byteSize) {
        long sum = 0;
        int offset = 0;
        for (; offset + Long.BYTES <= byteSize; offset += Long.BYTES) {
            sum += FirstByte.MEMORY.get(ValueLayout.JAVA_LONG_UNALIGNED, address + offset);
        }
        for (; offset < byteSize; offset++) {
            sum += FirstByte.MEMORY.get(ValueLayout.JAVA_BYTE, address + offset);
        }
        return sum;
    }
}
