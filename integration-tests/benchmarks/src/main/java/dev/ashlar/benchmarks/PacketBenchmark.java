package dev.ashlar.benchmarks;

import dev.ashlar.api.Lease;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.lockfree.LockFreePools;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One operation: decode a packet of 64 to 1,500 bytes, sum up its payload, release it, on the number of threads of the
 * command line ({@code -t}), while other objects are live in the heap of 1 GiB. {@code -prof gc} shows the bytes for
 * each packet, and the mode {@code sample} the 99th percentile.
 */
@State(Scope.Benchmark)
@BenchmarkMode({Mode.Throughput, Mode.SampleTime})
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
        jvmArgsAppend = {
            "-Xms1g",
            "-Xmx1g",
            AllocatorBenchmark.WHERE_KNOWN,
            AllocatorBenchmark.HUGE_PAGES,
            AllocatorBenchmark.TOUCHED_HEAP,
            AllocatorBenchmark.NATIVE_ACCESS
        })
public class PacketBenchmark extends AllocatorBenchmark {

    private static final int ITEM = 1024;

    /** Other live objects of the program, of 1 KiB each, in megabytes. The collector must mark them. */
    @Param({"0", "500"})
    public int liveMegabytes;

    private final Pool<Packet> packets = pool();

    @SuppressWarnings("unused") // being reachable is all that they do
    private byte[][] live = {};

    /** A pool of packets that have room for any payload. */
    static Pool<Packet> pool() {
        return LockFreePools.create(PoolConfig.builder(() -> new Packet(Packet.LONGEST))
                .reset(Packet::clear)
                .build());
    }

    /** Makes the other objects. */
    @Setup
    public void fillHeap() {
        live = new byte[liveMegabytes * 1_000_000 / ITEM][ITEM];
    }

    /** The packets that a thread receives, again and again. */
    @State(Scope.Thread)
    public static class Wire {

        private static final int PACKETS = 256;

        private final ByteBuffer bytes = ByteBuffer.allocate(PACKETS * (Packet.HEADER + Packet.LONGEST));

        /** Packets of different lengths. */
        public Wire() {
            Random random = new Random(42);
            for (int number = 0; number < PACKETS; number++) {
                byte[] payload = new byte[random.nextInt(64, Packet.LONGEST + 1)];
                random.nextBytes(payload);
                Packet.encode(1, number, payload, bytes);
            }
            bytes.flip();
        }

        ByteBuffer next() {
            if (!bytes.hasRemaining()) {
                bytes.rewind();
            }
            return bytes;
        }
    }

    /** A packet of the pool, with a lease. */
    @Benchmark
    public int leased(Wire wire) {
        try (Lease<Packet> lease = packets.lease()) {
            return handle(lease.get().decode(wire.next()));
        }
    }

    /** A new packet with exactly the needed length. */
    @Benchmark
    public int made(Wire wire) {
        ByteBuffer bytes = wire.next();
        return handle(new Packet(Packet.lengthOfNext(bytes)).decode(bytes));
    }

    private static int handle(Packet packet) {
        return packet.checksum() + packet.sender() + packet.number();
    }
}
