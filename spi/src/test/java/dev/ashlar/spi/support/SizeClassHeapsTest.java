package dev.ashlar.spi.support;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.spi.AllocatorConfig;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How an allocator occupies heaps while it searches for memory. */
class SizeClassHeapsTest {

    private static final int SLOT = 1024;

    private final List<SlabHeap> occupied = Collections.synchronizedList(new ArrayList<>());
    private final List<SlabHeap> vacant = Collections.synchronizedList(new ArrayList<>());

    /** A slab that checks whether its heap is occupied when it becomes active. */
    private Slab slab(Slab.Place place) {
        InterruptedSlab slab = new InterruptedSlab(place);
        slab.whenCollected(() -> {
            SlabHeap owner = slab.owner();
            if (owner != null) {
                (owner.tryOccupy() ? vacant : occupied).add(owner);
            }
        });
        return slab;
    }

    /**
     * It may wait there for a chunk or the address map. An eviction of waiting threads must skip it.
     */
    @Test
    void mustOccupyAHeapWhileItTakesASlab() throws InterruptedException {
        AllocatorConfig config =
                AllocatorConfig.builder().source(new TestSource(1 << 20)).build();
        try (SizeClassAllocator allocator = new SizeClassAllocator("test", this::slab, config)) {
            for (Thread.Builder kind : List.of(Thread.ofPlatform(), Thread.ofVirtual())) {
                occupied.clear();
                Thread thread = kind.start(() -> {
                    for (int i = 0; i < 100; i++) {
                        allocator.allocateAddress(SLOT, 8);
                    }
                });
                thread.join();
                assertThat(vacant).as("heaps that were not occupied").isEmpty();
                assertThat(occupied).hasSizeGreaterThan(1);
                assertThat(occupied.getFirst().tryOccupy())
                        .as("occupied no longer than needed")
                        .isTrue();
                occupied.getFirst().vacate();
            }
        }
    }
}
