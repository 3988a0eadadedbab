package dev.ashlar.heap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Registration;
import dev.ashlar.api.Relocatable;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.testkit.TellingAllocator;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Blocks that come from outside of the heap, that are moved by hand, and whose allocator has listeners or throws. */
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

    /** They belong to another block, or to none. */
    @Test
    void mustAdoptOnlyLiveBlocks() {
        try (Allocator allocator = AllocatorProviders.require("slab").create(AllocatorConfig.defaults())) {
            try (HandleHeap heap = new HandleHeap(allocator)) {
                MemorySegment block = allocator.allocate(64, 8);
                MemorySegment inside = block.asSlice(32);
                assertThatExceptionOfType(InvalidBlockException.class).isThrownBy(() -> heap.adopt(inside));
                allocator.free(block);
                assertThatExceptionOfType(InvalidBlockException.class).isThrownBy(() -> heap.adopt(block));
                assertThat(heap.liveBlocks()).isZero();
            }
        }
    }

    /** An allocator that asks for memory calls them without a lock, and so does the heap. */
    @Test
    @Timeout(60)
    void mustLetListenersOfTheAllocatorUseABlockThatIsResizedOrMoved() {
        try (Allocator allocator = AllocatorProviders.require("slab").create(AllocatorConfig.defaults())) {
            Limit limit = Limit.of("limit", 1000);
            try (HandleHeap heap = new HandleHeap(Allocators.limited(allocator, limit))) {
                Handle read = heap.allocate(416);
                List<Long> sizes = new ArrayList<>();
                Registration reading = limit.onRefusal((_, _) -> {
                    sizes.add(heap.read(read, MemorySegment::byteSize));
                    return false;
                });
                assertThat(heap.tryResize(read, 700)).isFalse();
                assertThat(sizes).containsExactly(416L);
                reading.close();

                Handle freed = heap.allocate(500);
                Registration _ = limit.onRefusal((_, _) -> {
                    heap.free(freed);
                    return true;
                });
                assertThatExceptionOfType(StaleHandleException.class).isThrownBy(() -> heap.tryMove(freed));
                assertThat(heap.requestedBytes()).isEqualTo(416);
                assertThat(limit.usedBytes()).isEqualTo(416);
            }
            assertThat(allocator.stats().liveBlocks()).isZero();
        }
    }

    @Test
    void mustFreeEverythingIfTheAllocatorHasSomethingToTell() {
        try (Allocator slab = AllocatorProviders.require("slab").create(AllocatorConfig.defaults())) {
            TellingAllocator allocator = new TellingAllocator(slab);
            HandleHeap heap = new HandleHeap(allocator);
            List<Handle> handles =
                    Stream.generate(() -> heap.allocate(100)).limit(4).toList();
            allocator.tell(true);
            assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> heap.free(handles.get(0)));
            assertThat(heap.liveBlocks()).isEqualTo(3);
            assertThatExceptionOfType(UnsupportedOperationException.class)
                    .isThrownBy(() -> heap.tryResize(handles.get(1), 300));
            assertThat(heap.byteSize(handles.get(1))).as("it has moved").isEqualTo(300);
            assertThat(heap.requestedBytes()).isEqualTo(500);
            assertThatExceptionOfType(UnsupportedOperationException.class)
                    .isThrownBy(heap::close)
                    .satisfies(failure -> assertThat(failure.getSuppressed()).hasSize(2));
            assertThat(heap.liveBlocks()).isZero();
            assertThat(slab.stats().liveBlocks()).isZero();
            heap.close();
        }
    }

    @Test
    void mustRemoveWhatARegistrationAddedAndNothingElse() {
        try (Allocator allocator = AllocatorProviders.require("slab").create(AllocatorConfig.defaults());
                HandleHeap heap = new HandleHeap(allocator)) {
            Relocatable holder = (_, _) -> 0;
            Registration first = heap.add(holder);
            Registration second = heap.add(holder);
            first.close();
            first.close();
            assertThat(heap.holders()).containsExactly(holder);
            second.close();
            assertThat(heap.holders()).isEmpty();
        }
    }
}
