package dev.ashlar.verification.shown;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.heap.Defragmentation;
import dev.ashlar.heap.DefragmentationSchedule;
import dev.ashlar.heap.Fragmentation;
import dev.ashlar.heap.Handle;
import dev.ashlar.heap.HandleHeap;
import dev.ashlar.spi.Ashlar;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Code with handles. */
class HeapCodeTest {

    private final Logger log = LoggerFactory.getLogger(HeapCodeTest.class);

    @Test
    void handles() {
        try (Allocator allocator = Ashlar.allocator()) {
            // @start region="handles"
            HandleHeap heap = new HandleHeap(allocator);
            Handle handle = heap.allocate(64);
            heap.write(handle, memory -> memory.set(ValueLayout.JAVA_LONG, 0, 42));
            long value = heap.read(handle, memory -> memory.get(ValueLayout.JAVA_LONG, 0));
            heap.free(handle);
            // @end
            assertThat(value).isEqualTo(42);
            assertThat(allocator.stats().liveBlocks()).isZero();
        }
    }

    @Test
    void defragmentation() throws InterruptedException {
        try (Allocator allocator = Ashlar.allocator();
                HandleHeap heap = new HandleHeap(allocator)) {
            // @start region="defragmentation"
            try (Defragmentation defragmentation = heap.defragment(Defragmentation.Strategy.COMPACT)) {
                var budget = new Defragmentation.Budget(4 << 20, 10_000, Duration.ofMillis(5));
                while (!defragmentation.pass(budget).isComplete()) {
                    Thread.sleep(Duration.ofMillis(100));
                }
            }
            // @end
            assertThat(heap.liveBlocks()).isZero();
        }
    }

    @Test
    void schedule() {
        try (Allocator allocator = Ashlar.allocator();
                HandleHeap heap = new HandleHeap(allocator)) {
            // @start region="schedule"
            DefragmentationSchedule schedule = DefragmentationSchedule.builder(heap)
                    .cron("0 */4 * * *") // or every(Duration.ofMinutes(10))
                    .threshold(0.3)
                    .onRun(run -> log.info("{} bytes released", run.result().bytesReleased()))
                    .start();
            // @end
            schedule.close();
        }
    }

    @Test
    void fragmentation() {
        try (Allocator allocator = Ashlar.allocator()) {
            MemorySegment block = allocator.allocate(1000);
            // @start region="fragmentation"
            Fragmentation fragmentation = Fragmentation.of(allocator);
            double tooSmall = fragmentation.unusable(64 << 10); // of the free bytes, for blocks of 64 KiB
            System.out.println(fragmentation); // the pattern, figures, and a line for each chunk
            // @end
            assertThat(tooSmall).isBetween(0.0, 1.0);
            allocator.free(block);
        }
    }
}
