package dev.ashlar.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Lease;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolStats;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Packets as in a server: half of the threads decode them, the others handle and release them. So no packet is released
 * by the thread that acquired it.
 */
class PacketProcessingTest {

    private static final int PER_SENDER = "long".equals(System.getProperty("ashlar.tests")) ? 500_000 : 20_000;

    /** Few, so that decoders and handlers wait for each other. */
    private static final int QUEUED = 100;

    /** The sum of each sent packet, 0 once it was handled. */
    private final List<AtomicIntegerArray> expected = new ArrayList<>();

    private final BlockingQueue<Lease<Packet>> decoded = new ArrayBlockingQueue<>(QUEUED);

    @ParameterizedTest
    @ValueSource(ints = {2, 8})
    void mustLoseNoPacketAndLeakNone(int threads) throws Exception {
        int pairs = threads / 2;
        try (Pool<Packet> pool = PacketBenchmark.pool()) {
            ExecutorService executor = Executors.newFixedThreadPool(threads);
            try {
                List<Future<?>> work = new ArrayList<>();
                for (int sender = 0; sender < pairs; sender++) {
                    expected.add(new AtomicIntegerArray(PER_SENDER));
                }
                for (int pair = 0; pair < pairs; pair++) {
                    int sender = pair;
                    work.add(executor.submit(() -> decodeAll(sender, pool)));
                    work.add(executor.submit(this::handleAsManyAsOneSends));
                }
                for (Future<?> one : work) {
                    one.get(60, TimeUnit.SECONDS);
                }
            } finally {
                executor.shutdownNow(); // if one failed, others may wait for it
            }
            for (AtomicIntegerArray ofSender : expected) {
                for (int number = 0; number < PER_SENDER; number++) {
                    assertThat(ofSender.get(number))
                            .as("left of packet %d", number)
                            .isZero();
                }
            }
            long sent = (long) pairs * PER_SENDER;
            PoolStats stats = pool.stats();
            assertThat(stats)
                    .isEqualTo(new PoolStats(
                            stats.created(),
                            0,
                            stats.created(),
                            sent,
                            sent,
                            0,
                            stats.created())); // every object is idle
            assertThat(stats.created())
                    .as("objects made for those that are queued or at work")
                    .isBetween(1L, 2L * (QUEUED + threads)); // an object in transit is not always found
        }
    }

    /** A packet and its lease move to another thread together. */
    private Void decodeAll(int sender, Pool<Packet> pool) throws InterruptedException {
        Random random = new Random(sender);
        ByteBuffer wire = ByteBuffer.allocate(Packet.HEADER + Packet.LONGEST);
        for (int number = 0; number < PER_SENDER; number++) {
            byte[] payload = new byte[random.nextInt(1, 100)];
            random.nextBytes(payload);
            Packet.encode(sender, number, payload, wire.clear());
            expected.get(sender).set(number, checksum(payload));
            Lease<Packet> lease = pool.lease();
            lease.get().decode(wire.flip());
            decoded.put(lease);
        }
        return null;
    }

    private Void handleAsManyAsOneSends() throws InterruptedException {
        for (int i = 0; i < PER_SENDER; i++) {
            try (Lease<Packet> lease = decoded.take()) {
                Packet packet = lease.get();
                expected.get(packet.sender()).addAndGet(packet.number(), -packet.checksum());
            }
        }
        return null;
    }

    private static int checksum(byte[] payload) {
        int sum = payload.length;
        for (byte one : payload) {
            sum += one;
        }
        return sum;
    }
}
