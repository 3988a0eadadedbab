package dev.ashlar.benchmarks.suite;

/**
 * Blocks of one small size, allocated together and freed together (the pattern of glibc's simple benchmark). A number
 * of blocks is allocated and filled; then the first half is freed in order, and the second half in reverse order. This
 * is done for each of some sizes and numbers: by the main thread, by another thread, and by the main thread again,
 * because an allocator may become slower once there was a second thread.
 *
 * <p>An operation is an allocation and its free.
 *
 * @param blocks how many are allocated for each size, number, and thread
 */
record Micro(int blocks) implements Workload {

    private static final int[] SIZES = {16, 32, 64};
    private static final int[] COUNTS = {25, 100, 400, 1600};

    static Micro of(Length length) {
        return new Micro(length.of(3_200, 200_000, 2_000_000));
    }

    @Override
    public int mostThreads() {
        return 1;
    }

    @Override
    public Score run(Team team) throws InterruptedException {
        long start = System.nanoTime();
        Client main = team.newClient();
        team.runHere(main, this::all);
        team.start(team.newClient(), this::all);
        team.join();
        team.runHere(main, this::all);
        return new Score(team.operations(), System.nanoTime() - start);
    }

    private void all(Client client) {
        for (int size : SIZES) {
            for (int count : COUNTS) {
                repeat(client, new Slots(count), size);
            }
        }
    }

    private void repeat(Client client, Slots slots, int size) {
        int count = slots.count();
        for (int times = blocks / count; times > 0; times--) {
            for (int slot = 0; slot < count; slot++) {
                client.fill(slots.allocate(client, slot, size), size, slot);
            }
            for (int slot = 0; slot < count / 2; slot++) {
                slots.free(client, slot);
            }
            for (int slot = count - 1; slot >= count / 2; slot--) {
                slots.free(client, slot);
            }
            client.count(count);
        }
    }
}
