package dev.ashlar.benchmarks.suite;

import dev.ashlar.benchmarks.FirstByte;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Threads that come and go and exchange blocks ("mstress"). In each iteration every thread allocates items of mostly
 * small sizes, a few of them large and very few of them huge. It keeps some to its end, frees random others on the way,
 * and exchanges some with a table that all threads share. When all threads have ended, the main thread frees a random
 * half of that table. The main thread is one of the threads; the others are new in each iteration. A thread's arrays of
 * items are blocks too.
 *
 * <p>Every word of an item is written, and verified at its free, in all rounds. An operation is the allocation of an
 * item.
 *
 * @param scale how much each thread allocates, in hundreds of items
 * @param iterations generations of threads
 */
record Mstress(int scale, int iterations) implements Workload {

    private static final int TRANSFERS = 1_000;

    /** Items by which an array grows. */
    private static final int GROWTH = 100_000;

    /** What the words of an item are combined with. */
    private static final long COOKIE = 0xbf58476d1ce4e5b9L;

    /** The factors by which items are larger than the sizes that are usual. */
    private static final int[] FACTORS = {1, 100, 1_000, 10_000};

    /** Of the two parts of an item's size, the exponent takes these bits, and the factor's index those above. */
    private static final int EXPONENT_BITS = 3;

    static Mstress of(Length length) {
        return new Mstress(length.of(2, 10, 50), length.of(2, 5, 25));
    }

    @Override
    public Score run(Team team) throws InterruptedException {
        AtomicLongArray transfers = new AtomicLongArray(TRANSFERS);
        long start = System.nanoTime();
        Client[] clients = new Client[team.size()];
        for (int thread = 0; thread < clients.length; thread++) {
            clients[thread] = team.newClient();
        }
        for (int iteration = 1; iteration <= iterations; iteration++) {
            int percent = iteration < iterations ? 50 : 100;
            for (int thread = 1; thread < clients.length; thread++) {
                team.start(clients[thread], client -> work(client, transfers));
            }
            team.runHere(clients[0], client -> work(client, transfers));
            team.join();
            team.runHere(clients[0], client -> freeTransfers(client, transfers, percent));
        }
        return new Score(team.operations(), System.nanoTime() - start);
    }

    private static void freeTransfers(Client client, AtomicLongArray transfers, int percent) {
        for (int slot = 0; slot < TRANSFERS; slot++) {
            if (chance(client.random, percent)) {
                freeItem(client, transfers.getAndSet(slot, 0));
            }
        }
    }

    private void work(Client client, AtomicLongArray transfers) {
        SplittableRandom random = client.random;
        long allocations = 100L * scale * (client.index % 8 + 1);
        long retained = allocations / 2;
        client.count(allocations + retained);
        Items kept = new Items(client, Math.toIntExact(retained));
        Items data = new Items(client, 0);
        while (allocations > 0 || retained > 0) {
            if (retained == 0 || (chance(random, 50) && allocations > 0)) {
                allocations--;
                data.add(newItem(client, random.nextInt(5)));
            } else {
                retained--;
                kept.add(newItem(client, random.nextInt(7)));
            }
            if (chance(random, 66) && data.count() > 0) {
                freeItem(client, data.exchange(random.nextInt(data.count()), 0));
            }
            if (chance(random, 25) && data.count() > 0) {
                int slot = random.nextInt(data.count());
                data.exchange(slot, transfers.getAndSet(random.nextInt(TRANSFERS), data.get(slot)));
            }
        }
        kept.free();
        data.free();
    }

    /** True in one per cent more of the cases. */
    private static boolean chance(SplittableRandom random, int percent) {
        return random.nextInt(100) <= percent;
    }

    /**
     * Allocates an item and writes its words. It is a long: the address, and in the lowest byte the size. So a changed
     * word cannot lead to a wrong size.
     */
    private static long newItem(Client client, int exponent) {
        SplittableRandom random = client.random;
        int factor = 0;
        if (chance(random, 1)) {
            factor = chance(random, 1) ? 3 : chance(random, 10) ? 2 : 1;
        }
        int size = (factor << EXPONENT_BITS) | exponent;
        long words = words(size);
        long address = client.allocateUnfilled(words * Long.BYTES);
        for (long i = 0; i < words; i++) {
            FirstByte.MEMORY.set(ValueLayout.JAVA_LONG, address + i * Long.BYTES, (words - i) ^ COOKIE);
        }
        return (address << Byte.SIZE) | size;
    }

    private static long words(int size) {
        return (long) FACTORS[size >>> EXPONENT_BITS] << (size & ((1 << EXPONENT_BITS) - 1));
    }

    /** Verifies and frees an item, if it is one. */
    private static void freeItem(Client client, long item) {
        if (item == 0) {
            return;
        }
        long address = item >>> Byte.SIZE;
        long words = words((int) item & 0xff);
        boolean isChecked = client.keepsContents();
        for (long i = 0; i < words; i++) {
            long found = FirstByte.MEMORY.get(ValueLayout.JAVA_LONG, address + i * Long.BYTES) ^ COOKIE;
            if (found != words - i && isChecked) {
                throw new CheckFailure("word " + i + " of an item of " + words + " words at 0x"
                        + Long.toHexString(address) + " holds 0x" + Long.toHexString(found ^ COOKIE) + ", and 0x"
                        + Long.toHexString((words - i) ^ COOKIE) + " was written");
            }
        }
        client.free(address, words * Long.BYTES);
    }

    /** An array of items in a block. A copy on the heap is compared with what is read, and used by {@code void}. */
    private static final class Items {

        private final Client client;
        private long address;
        private long[] copy;
        private int count;

        Items(Client client, int capacity) {
            this.client = client;
            this.copy = new long[capacity];
            this.address = allocate(capacity);
        }

        int count() {
            return count;
        }

        private long allocate(int capacity) {
            return capacity == 0 ? 0 : client.allocateUnfilled((long) capacity * Long.BYTES);
        }

        void add(long item) {
            if (count == copy.length) {
                grow();
            }
            put(count++, item);
        }

        private void grow() {
            int capacity = copy.length + GROWTH;
            long larger = allocate(capacity);
            MemorySegment.copy(FirstByte.MEMORY, address, FirstByte.MEMORY, larger, (long) count * Long.BYTES);
            freeArray();
            address = larger;
            copy = Arrays.copyOf(copy, capacity);
        }

        private void freeArray() {
            if (address != 0) {
                client.free(address, (long) copy.length * Long.BYTES);
            }
        }

        private void put(int index, long item) {
            FirstByte.MEMORY.set(ValueLayout.JAVA_LONG, address + (long) index * Long.BYTES, item);
            copy[index] = item;
        }

        long get(int index) {
            long found = FirstByte.MEMORY.get(ValueLayout.JAVA_LONG, address + (long) index * Long.BYTES);
            if (found != copy[index] && client.keepsContents()) {
                throw new CheckFailure("element " + index + " of an array at 0x" + Long.toHexString(address)
                        + " holds 0x" + Long.toHexString(found) + ", and 0x" + Long.toHexString(copy[index])
                        + " was written");
            }
            return copy[index];
        }

        /** Puts an item, and returns the one that was there. */
        long exchange(int index, long item) {
            long before = get(index);
            put(index, item);
            return before;
        }

        /** Frees the items and the array. */
        void free() {
            for (int i = 0; i < count; i++) {
                freeItem(client, get(i));
            }
            freeArray();
        }
    }
}
