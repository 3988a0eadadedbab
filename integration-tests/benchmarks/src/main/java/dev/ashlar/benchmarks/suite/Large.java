package dev.ashlar.benchmarks.suite;

/**
 * Replacements of large buffers, each of which is zeroed. It shows how an allocator returns large blocks to the system
 * and takes them again. The buffers and the replacements are divided among the threads.
 *
 * <p>An operation is the replacement of a random buffer.
 *
 * @param buffers of all threads together
 * @param minSize the smallest size
 * @param maxSize the largest size
 * @param replacements by all threads together
 */
record Large(int buffers, int minSize, int maxSize, int replacements) implements Workload {

    private static final int MIB = 1 << 20;

    static Large of(Length length) {
        return new Large(
                20,
                length.of(MIB / 16, 5 * MIB, 5 * MIB),
                length.of(MIB / 4, 25 * MIB, 25 * MIB),
                length.of(200, 160, 2_000));
    }

    @Override
    public Score run(Team team) throws InterruptedException {
        long nanos = team.time(client -> replace(client, team.size()));
        return new Score(team.operations(), nanos);
    }

    private void replace(Client client, int threads) {
        Slots own = new Slots(Math.max(1, buffers / threads));
        for (int slot = 0; slot < own.count(); slot++) {
            allocate(own, slot, client);
        }
        int times = replacements / threads;
        for (int time = 0; time < times; time++) {
            int slot = client.random.nextInt(own.count());
            own.free(client, slot);
            allocate(own, slot, client);
        }
        own.freeAll(client);
        client.count(times);
    }

    private void allocate(Slots own, int slot, Client client) {
        int byteSize = client.random.nextInt(minSize, maxSize + 1);
        client.fill(own.allocate(client, slot, byteSize), byteSize, 0);
    }
}
