package dev.ashlar.verification.application;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.inject.AbstractModule;
import com.google.inject.Guice;
import com.google.inject.Injector;
import com.google.inject.Key;
import com.google.inject.Scopes;
import com.google.inject.TypeLiteral;
import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.guice.AllocatorLifecycle;
import dev.ashlar.adaptive.guice.AllocatorModule;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Pool;
import dev.ashlar.api.PoolConfig;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.testkit.FaultySource;
import dev.ashlar.testkit.TestLength;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * A small program with injected allocators: built, run under load, and closed without a leak.
 */
class InjectedApplicationTest {

    private static final int RECEIVERS = 2;
    private static final int HANDLERS = 2;
    private static final int PACKETS = TestLength.of(20_000, 1_000_000);
    private static final int KEYS = 512;

    /** So many bytes that not every value fits. */
    private static final long STORE_QUOTA = 512 * 1024;

    private static final class ApplicationModule extends AbstractModule {
        @Override
        protected void configure() {
            bind(KeyValueStore.class).in(Scopes.SINGLETON);
            bind(PacketHandler.class).in(Scopes.SINGLETON);
            bind(new TypeLiteral<PoolConfig<Packet>>() {})
                    .toInstance(PoolConfig.builder(Packet::new)
                            .reset(Packet::clear)
                            .maxIdle(16)
                            .build());
        }
    }

    /** Sent after the last packet. */
    private static final MemorySegment END = MemorySegment.NULL;

    private final AtomicLong refused = new AtomicLong();

    @Test
    void mustServeUnderLoadAndLeakNothing() throws Exception {
        try (FaultySource source = new FaultySource()) {
            Injector injector = Guice.createInjector(
                    AllocatorModule.builder()
                            .config(AllocatorConfig.builder().source(source).build())
                            .limit("store", STORE_QUOTA)
                            .limit("server", 1 << 20)
                            .limit("server.packets", 256 * 1024)
                            .pool(Packet.class)
                            .properties(Map.of("ashlar.limit", "64MiB", "ashlar.adaptive.adaptation.interval", "50ms"))
                            .build(),
                    new ApplicationModule());
            KeyValueStore store = injector.getInstance(KeyValueStore.class);
            run(injector.getInstance(PacketHandler.class), store);

            assertThat(refused).hasPositiveValue();
            assertThat(used(injector, "server.packets")).isZero();
            assertThat(used(injector, "server")).isZero();
            AdaptiveAllocator allocator = injector.getInstance(AdaptiveAllocator.class);
            assertThat(used(injector, "store"))
                    .isEqualTo(allocator.stats().allocatedBytes())
                    .isPositive();
            assertThat(allocator.stats().requestedBytes()).isEqualTo(store.byteSize());

            Pool<Packet> packets = injector.getInstance(new Key<Pool<Packet>>() {});
            assertThat(packets.stats().live()).isZero();
            assertThat(packets.stats().retrieved()).isEqualTo((long) RECEIVERS * PACKETS);
            assertThat(allocator.report().pools()).containsOnlyKeys("Packet");

            store.close();
            assertThat(allocator.stats().liveBlocks()).isZero();
            injector.getInstance(AllocatorLifecycle.class).close();
            assertThat(source.openBytes()).isZero();
            assertThat(source.misuses()).isEmpty();
        }
    }

    private static long used(Injector injector, String limit) {
        Key<Allocator> key = AllocatorModule.keyOf(limit);
        return injector.getInstance(key).as(Limit.class).orElseThrow().usedBytes();
    }

    /** Platform threads receive, virtual threads handle, and all read the store. */
    private void run(PacketHandler handler, KeyValueStore store) throws Exception {
        BlockingQueue<MemorySegment> queue = new ArrayBlockingQueue<>(64);
        try (ExecutorService receivers = Executors.newFixedThreadPool(RECEIVERS);
                ExecutorService handlers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> handling = IntStream.range(0, HANDLERS)
                    .<Future<?>>mapToObj(i -> handlers.submit(() -> handleAll(queue, handler)))
                    .toList();
            List<Future<?>> receiving = IntStream.range(0, RECEIVERS)
                    .<Future<?>>mapToObj(seed -> receivers.submit(() -> receiveAll(seed, queue, handler, store)))
                    .toList();
            for (Future<?> receiver : receiving) {
                receiver.get(2, TimeUnit.MINUTES);
            }
            for (int i = 0; i < HANDLERS; i++) {
                queue.put(END);
            }
            for (Future<?> one : handling) {
                one.get(2, TimeUnit.MINUTES);
            }
        }
    }

    private static Void receiveAll(
            long seed, BlockingQueue<MemorySegment> queue, PacketHandler handler, KeyValueStore store)
            throws InterruptedException {
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < PACKETS; i++) {
            int number = random.nextInt(KEYS);
            String key = "key " + number;
            queue.put(handler.receive(key, random.nextInt(8) == 0 ? new byte[0] : value(number, random)));
            byte[] found = store.get(key);
            assertThat(found == null || isOf(number, found)).as(key).isTrue();
        }
        return null;
    }

    /** A value of any size. All bytes depend on the key, so that an overwritten value is found. */
    private static byte[] value(int number, SplittableRandom random) {
        byte[] value = new byte[1 + random.nextInt(4096)];
        Arrays.fill(value, (byte) number);
        return value;
    }

    private static boolean isOf(int number, byte[] value) {
        return IntStream.range(0, value.length).allMatch(i -> value[i] == (byte) number);
    }

    private Void handleAll(BlockingQueue<MemorySegment> queue, PacketHandler handler) throws InterruptedException {
        for (MemorySegment packet = queue.take(); !packet.equals(END); packet = queue.take()) {
            if (!handler.handle(packet)) {
                refused.incrementAndGet();
            }
        }
        return null;
    }
}
