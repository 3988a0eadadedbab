package dev.ashlar.benchmarks.suite;

/**
 * Whether threads write to the same cache line because their blocks lie beside each other. Each thread allocates a tiny
 * block, writes its bytes and reads them back very often, and frees it, again and again. The total work is the same for
 * any number of threads. In the passive kind the main thread first allocates a block for each thread, and the thread
 * begins by freeing it: an allocator that then hands that memory out again lets threads share lines.
 *
 * <p>An operation is the write of a byte. Ideally it takes the same time on any number of processors, and throughput
 * grows with their number.
 *
 * @param size of a block
 * @param blocks that each thread allocates
 * @param writes of each byte of a block, divided by the threads
 * @param passive whether each thread first frees a block of the main thread
 */
record FalseSharing(int size, int blocks, int writes, boolean passive) implements Workload {

    static FalseSharing of(Length length, int size, boolean passive) {
        return new FalseSharing(
                size, length.of(500, 100, 1_000), length.of(4_000, 1_000_000, 2_000_000) / size, passive);
    }

    @Override
    public Score run(Team team) throws InterruptedException {
        Slots gifts = new Slots(team.size());
        if (passive) {
            team.prepare(main -> {
                for (int thread = 0; thread < team.size(); thread++) {
                    gifts.allocate(main, thread, size);
                }
            });
        }
        int writesOfThread = writes / team.size();
        long nanos = team.time(client -> {
            gifts.free(client, client.index);
            for (int i = 0; i < blocks; i++) {
                writeBlock(client, writesOfThread);
            }
            client.count((long) blocks * writesOfThread * size);
        });
        return new Score(team.operations(), nanos);
    }

    private void writeBlock(Client client, int times) {
        long address = client.allocate(size);
        long sum = 0;
        for (int time = 0; time < times; time++) {
            for (int offset = 0; offset < size; offset++) {
                client.putByteOpaque(address + offset, time);
                sum += Client.byteOpaque(address + offset);
            }
        }
        client.use(sum);
        client.free(address, size);
    }
}
