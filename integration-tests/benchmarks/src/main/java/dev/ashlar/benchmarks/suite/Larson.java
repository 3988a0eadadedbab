package dev.ashlar.benchmarks.suite;

import java.util.SplittableRandom;

/**
 * The pattern of a server whose requests outlive threads ("larson"). The main thread allocates blocks of random sizes
 * for all threads, permutes them, and replaces random ones four times as often. Then each thread replaces random blocks
 * of its own share. After a quota it starts a new thread that goes on with the same share, and ends. So every
 * generation of threads frees what an earlier one allocated, and memory that ended threads strand grows without end.
 *
 * <p>An operation is an allocation by such a thread. It writes the first two bytes of the block and reads the first.
 *
 * @param millis how long a round takes
 * @param minSize the smallest size
 * @param maxSize the smallest size above all others
 * @param chunks blocks of each thread
 * @param rounds the quota of a thread, as a multiple of its blocks
 */
record Larson(long millis, int minSize, int maxSize, int chunks, int rounds) implements Workload {

    static Larson of(Length length) {
        return new Larson(
                length.millis(15, 500, 5_000), 8, 1_000, length.of(200, 1_000, 5_000), length.of(2, 100, 100));
    }

    @Override
    public Score run(Team team) throws InterruptedException {
        Slots slots = new Slots(team.size() * chunks);
        team.prepare(main -> fill(slots, main));
        long nanos = team.time(millis, client -> replace(team, slots, client));
        team.prepare(slots::freeAll);
        return new Score(team.operations(), nanos);
    }

    private void fill(Slots slots, Client main) {
        for (int slot = 0; slot < slots.count(); slot++) {
            slots.allocate(main, slot, size(main.random));
        }
        for (int slot = slots.count() - 1; slot > 0; slot--) {
            slots.swap(slot, main.random.nextInt(slot + 1));
        }
        for (int i = 0; i < 4 * slots.count(); i++) {
            int victim = main.random.nextInt(slots.count());
            slots.free(main, victim);
            slots.allocate(main, victim, size(main.random));
        }
    }

    /** One generation of a share. */
    private void replace(Team team, Slots slots, Client client) {
        int first = client.index * chunks;
        int quota = rounds * chunks;
        int done = 0;
        while (done < quota && !team.isStopped()) {
            int victim = first + client.random.nextInt(chunks);
            slots.free(client, victim);
            long address = slots.allocate(client, victim, size(client.random));
            client.putByte(address, done);
            client.putByte(address + 1, done);
            client.use(Client.byteOpaque(address));
            done++;
        }
        client.count(done);
        if (!team.isStopped()) {
            team.start(client, successor -> replace(team, slots, successor));
        }
    }

    private int size(SplittableRandom random) {
        return random.nextInt(minSize, maxSize);
    }
}
