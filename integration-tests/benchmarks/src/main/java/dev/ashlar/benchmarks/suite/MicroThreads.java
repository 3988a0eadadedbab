package dev.ashlar.benchmarks.suite;

import java.util.SplittableRandom;

/**
 * Replacements of small blocks in random order by each thread for itself (the pattern of glibc's benchmark with
 * threads). A thread has a number of slots. It goes through a table of random slots and a longer one of random sizes,
 * frees the block of the slot, allocates one of the size, and fills it. A size is as likely as the inverse of its
 * square: most are a few bytes, and the largest are 32 KiB.
 *
 * <p>An operation is such a replacement.
 *
 * @param millis how long a round takes
 * @param slots of each thread
 */
record MicroThreads(long millis, int slots) implements Workload {

    private static final int SMALLEST = 4;
    private static final int LARGEST = 32_768;
    private static final int[] SIZES = sizes(new SplittableRandom(1), new int[8_000]);

    /** Numbers that are reduced to those of slots. The length is a power of two. */
    private static final int[] CHOICES =
            new SplittableRandom(2).ints(4_096, 0, 1 << 20).toArray();

    static MicroThreads of(Length length) {
        return new MicroThreads(length.millis(15, 500, 2_000), length.of(128, 1_024, 1_024));
    }

    private static int[] sizes(SplittableRandom random, int[] sizes) {
        for (int i = 0; i < sizes.length; i++) {
            double inverse = (1.0 / LARGEST - 1.0 / SMALLEST) * random.nextDouble() + 1.0 / SMALLEST;
            sizes[i] = (int) (1 / inverse);
        }
        return sizes;
    }

    @Override
    public Score run(Team team) throws InterruptedException {
        long nanos = team.time(millis, client -> replace(team, client));
        return new Score(team.operations(), nanos);
    }

    private void replace(Team team, Client client) {
        Slots own = new Slots(slots);
        int size = client.random.nextInt(SIZES.length);
        int choice = client.random.nextInt(CHOICES.length);
        long done = 0;
        while (!team.isStopped()) {
            int slot = CHOICES[choice] % slots;
            int byteSize = SIZES[size];
            own.free(client, slot);
            client.fill(own.allocate(client, slot, byteSize), byteSize, slot);
            choice = (choice + 1) & (CHOICES.length - 1);
            size = size + 1 == SIZES.length ? 0 : size + 1;
            done++;
        }
        own.freeAll(client);
        client.count(done);
    }
}
