package dev.ashlar.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.compose.TraceRecorder;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A recorded trace can be played. */
class RecordedTraceTest {

    private static final int THREADS = 3;
    private static final int BLOCKS_OF_EACH = 1_000;

    @TempDir
    Path folder;

    @Test
    void mustReadWhatThreadsRecordedThatFreeEachOthersBlocks() throws Exception {
        Path file = folder.resolve("mine.trace.gz");
        long events;
        try (TraceRecorder recorder = TraceRecorder.to(file);
                Allocator slab = AllocatorProviders.require("slab").create(AllocatorConfig.defaults())) {
            Allocator recorded = recorder.recording(slab);
            List<MemorySegment> shared = new ArrayList<>();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                SplittableRandom random = new SplittableRandom(i);
                threads.add(Thread.ofPlatform().start(() -> work(recorded, shared, random)));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            shared.forEach(recorded::free);
            events = recorder.events();
        }
        Trace trace = new TraceFile(file.toString()).read();
        assertThat(events).isEqualTo(2L * THREADS * BLOCKS_OF_EACH);
        assertThat(trace.name).isEqualTo("mine");
        assertThat(trace.operations).hasSize((int) events);
        assertThat(Run.of("replay", file.toString(), "--strategies", "slab,tlsf", "--no-fork", "--runs=1", "--check"))
                .satisfies(run -> assertThat(run.exitCode()).isZero());
    }

    /** With segments, with addresses and through views. */
    private static void work(Allocator recorded, List<MemorySegment> shared, SplittableRandom random) {
        try (Allocator view = recorded.as(Confinable.class).orElseThrow().confined()) {
            AddressAllocator addresses = recorded.as(AddressAllocator.class).orElseThrow();
            for (int i = 0; i < BLOCKS_OF_EACH; i++) {
                long byteSize = random.nextLong(5_000);
                switch (i % 3) {
                    case 0 -> addresses.freeAddress(addresses.allocateAddress(byteSize, 16), byteSize);
                    case 1 -> view.free(view.allocate(byteSize, 8));
                    default -> exchange(recorded, shared, recorded.allocate(byteSize, 8));
                }
            }
        }
    }

    private static void exchange(Allocator recorded, List<MemorySegment> shared, MemorySegment block) {
        MemorySegment other = null;
        synchronized (shared) {
            shared.add(block);
            if (shared.size() > 10) {
                other = shared.remove(0);
            }
        }
        if (other != null) {
            recorded.free(other);
        }
    }
}
