package dev.ashlar.heap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/** Blocks that come from outside of the heap, and that are moved by hand. */
class HandleHeapTest {

    @Test
    void mustAdoptAndMoveABlock() {
        try (Allocator allocator = AllocatorProviders.require("slab").create(AllocatorConfig.defaults())) {
            try (HandleHeap heap = new HandleHeap(allocator)) {
                MemorySegment block = allocator.allocate(64, 8);
                block.set(ValueLayout.JAVA_LONG, 0, 42);
                Handle handle = heap.adopt(block);
                assertThat(heap.requestedBytes()).isEqualTo(64);
                try (Pin pin = heap.pin(handle)) {
                    assertThat(pin.memory().address()).isEqualTo(block.address());
                    assertThat(heap.tryMove(handle)).as("while it is pinned").isFalse();
                }
                assertThat(heap.tryMove(handle)).isTrue();
                try (Pin pin = heap.pin(handle)) {
                    assertThat(pin.memory().address()).isNotEqualTo(block.address());
                    assertThat(pin.memory().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(42);
                }
                MemorySegment whole = allocator.allocate(64, 8);
                MemorySegment crooked = whole.asSlice(4);
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> heap.adopt(crooked))
                        .withMessageContaining("must be a multiple of 8");
                allocator.free(whole);
            }
            assertThat(allocator.stats().liveBlocks()).isZero();
        }
    }
}
