package dev.ashlar.verification.shown;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.ByteBufferAllocator;
import dev.ashlar.api.CountedBlock;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Limit;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.api.compose.TraceRecorder;
import dev.ashlar.buddy.Tlsf;
import dev.ashlar.slab.Slab;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Code on the contract and on what is made of allocators. */
class ApiCodeTest {

    private final Allocator allocator = Slab.allocator();

    @AfterEach
    void nothingMustBeLive() {
        assertThat(allocator.stats().liveBlocks()).isZero();
        allocator.close();
    }

    @Test
    void block() {
        // @start region="block"
        MemorySegment block = allocator.allocate(64, 8);
        try {
            block.set(ValueLayout.JAVA_LONG, 0, 42L);
        } finally {
            allocator.free(block);
        }
        // @end
    }

    // @start region="limited-buffers"
    static void serve(Allocator root) {
        Allocator requests = Allocators.limited(root, 16 << 20);
        MemorySegment block = requests.allocate(1500, 8);
        requests.free(block);
        ByteBufferAllocator buffers = new ByteBufferAllocator(requests);
        ByteBuffer buffer = buffers.allocate(4096);
        buffers.free(buffer.slice(100, 50)); // by any view of it
    }
    // @end

    @Test
    void limitedBuffers() {
        serve(allocator);
        assertThat(allocator.stats().allocations()).isEqualTo(2);
    }

    @Test
    void buffers() {
        // @start region="buffers"
        ByteBufferAllocator buffers = new ByteBufferAllocator(allocator);
        ByteBuffer buffer = buffers.allocate(4096);
        buffers.free(buffer.position(100).slice());
        // @end
    }

    @Test
    void counted() {
        List<CountedBlock> queue = new ArrayList<>();
        // @start region="counted"
        CountedBlock packet = CountedBlock.of(allocator, allocator.allocate(1500, 8)); // one reference, the caller's
        queue.add(packet.retain()); // one for the consumer, which releases it
        packet.release();
        // @end
        assertThat(allocator.stats().liveBlocks()).isEqualTo(1);
        queue.getFirst().release();
    }

    @Test
    void nested() {
        Allocator upstream = allocator;
        // @start region="nested"
        Allocator server = Allocators.limited(upstream, 1_000_000);
        Allocator cache = Allocators.limited(server, 800_000);
        Allocator index = Allocators.limited(server, 400_000);

        MemorySegment page = cache.allocate(700_000, 4096);
        assert index.tryAllocate(350_000, 8) == null; // fits the index, but not the server any more

        cache.free(page);
        MemorySegment root = index.allocate(350_000, 8);
        assert server.as(Limit.class).orElseThrow().usedBytes() >= 350_000;
        // @end
        index.free(root);
    }

    @Test
    void quota() {
        Allocator root = allocator;
        // @start region="quota"
        Allocator server = Allocators.limited(root, 64 << 20);
        Allocator cache = Allocators.limited(server, 16 << 20); // counts against the server's limit too
        MemorySegment page = cache.allocate(16 * 1024, 4096);
        // @end
        assertThat(server.as(Limit.class).orElseThrow().usedBytes()).isEqualTo(16 * 1024);
        assertThatThrownBy(() -> cache.allocate(32 << 20, 8)).isInstanceOf(AllocationException.class);
        cache.free(page);
    }

    @Test
    void recorded(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("my.trace.gz");
        // @start region="recorded"
        try (TraceRecorder recorder = TraceRecorder.to(file)) {
            Allocator recorded = recorder.recording(allocator);
            run(recorded);
        }
        // @end
        assertThat(file).isNotEmptyFile();
    }

    private static void run(Allocator recorded) {
        recorded.free(recorded.allocate(100, 8));
    }

    @Test
    void limit() {
        // @start region="limit"
        Limit process = Limit.of("process", 1 << 30);
        Limit cache = process.child("cache").bytes(512 << 20).reserved(64 << 20).build();
        cache.onRefusal((limit, missingBytes) -> evict(missingBytes));
        // @end
        assertThat(process.usedBytes()).isEqualTo(64 << 20);
        assertThat(cache.tryCharge(513 << 20)).isSameAs(cache);
    }

    @Test
    void statistics() {
        MemorySegment block = allocator.allocate(64, 8);
        // @start region="statistics"
        AllocatorStats stats = allocator.stats();
        long used = stats.requestedBytes(); // what the live blocks were requested with
        long committed = stats.committedBytes(); // what is taken from the source
        double perByte = stats.committedOverRequested(); // 1.2: for 100 bytes in use 120 are committed
        double inside = stats.internalFragmentation(); // share of the blocks that rounding wastes
        double between = allocator.as(Inspectable.class).orElseThrow().externalFragmentation();
        // @end
        assertThat(used).isEqualTo(64);
        assertThat(perByte).isEqualTo(committed / 64.0);
        assertThat(inside).isZero();
        assertThat(between).isBetween(0.0, 1.0);
        allocator.free(block);
    }

    @Test
    void night() throws Exception {
        // By a thread that has ended: trim leaves what a running thread holds, and this one may not wait yet.
        Thread.ofPlatform()
                .start(() -> allocator.free(allocator.allocate(4096, 8)))
                .join();
        try (ScheduledExecutorService scheduler = Executors.newSingleThreadScheduledExecutor()) {
            long untilNight = 0;
            // @start region="night"
            ScheduledFuture<?> nightly =
                    scheduler.scheduleAtFixedRate(allocator::trim, untilNight, 24 * 60, TimeUnit.MINUTES);
            // @end
            scheduler.submit(() -> {}).get(); // behind the first run
            nightly.cancel(false);
        }
        assertThat(allocator.stats().committedBytes()).isZero();
    }

    @Test
    void container() {
        // @start region="container"
        Limit budget = Limit.of("off-heap", 160 << 20);
        Allocator small = Slab.builder().budget(budget).retained("4MiB").build();
        Allocator large = Tlsf.builder().budget(budget).retained("0").build();
        // @end
        small.free(small.allocate(100, 8));
        assertThat(large.tryAllocate(160 << 20, 8)).isNull();
        assertThat(large.refusal(160 << 20, 8).name()).isEqualTo("off-heap");
        small.close();
        large.close();
        assertThat(budget.usedBytes()).isZero();
    }

    private static boolean evict(long bytes) {
        return bytes <= 0;
    }
}
