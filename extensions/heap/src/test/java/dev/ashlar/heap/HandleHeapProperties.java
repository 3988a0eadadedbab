package dev.ashlar.heap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ashlar.api.Allocator;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;

/** A heap against a model: sequences of allocations, writes, resizes, pins, frees and passes of defragmentation. */
class HandleHeapProperties {

    private static final List<String> STRATEGIES = List.of("slab", "lockfree", "tlsf", "buddy", "adaptive");

    /** What a block is to hold. */
    private record Content(long byteSize, long seed) {}

    @Provide
    Arbitrary<List<Long>> steps() {
        return Arbitraries.longs().list().ofMinSize(1).ofMaxSize(400);
    }

    @Property
    void mustKeepEveryBlockWhateverMoves(
            @ForAll("strategies") String strategy, @ForAll("steps") @Size(max = 400) List<Long> steps) {
        try (Allocator allocator = AllocatorProviders.require(strategy).create(AllocatorConfig.defaults())) {
            try (HandleHeap heap = new HandleHeap(allocator)) {
                new Run(heap).all(steps);
            }
            assertThat(allocator.stats().liveBlocks()).as("after the close").isZero();
        }
    }

    @Provide
    Arbitrary<String> strategies() {
        return Arbitraries.of(STRATEGIES);
    }

    private static final class Run {
        private final HandleHeap heap;
        private final Map<Handle, Content> model = new HashMap<>();
        private final List<Handle> order = new ArrayList<>();
        private final List<Handle> freed = new ArrayList<>();
        private final Map<Handle, Pin> pins = new HashMap<>();
        private long requested;

        Run(HandleHeap heap) {
            this.heap = heap;
        }

        void all(List<Long> steps) {
            for (long step : steps) {
                one(new Random(step));
                assertThat(heap.liveBlocks()).isEqualTo(model.size());
                assertThat(heap.requestedBytes()).isEqualTo(requested);
            }
            try (Defragmentation defragmentation = heap.defragment(Defragmentation.Strategy.REORGANIZE)) {
                defragmentation.pass(Defragmentation.Budget.UNBOUNDED);
            }
            model.keySet().forEach(this::check);
            pins.values().forEach(Pin::close);
            freed.forEach(this::mustBeStale);
        }

        private void one(Random random) {
            Handle some = order.isEmpty() ? null : order.get(random.nextInt(order.size()));
            int kind = random.nextInt(10);
            if (some == null || kind < 4) {
                allocate(random);
            } else if (kind < 6) {
                free(some);
            } else if (kind == 6) {
                resize(some, random);
            } else if (kind == 7) {
                pinOrUnpin(some);
            } else if (kind == 8) {
                check(some);
            } else {
                try (Defragmentation defragmentation = heap.defragment(Defragmentation.Strategy.COMPACT)) {
                    defragmentation.pass(new Defragmentation.Budget(
                            random.nextInt(10_000), random.nextInt(20), java.time.Duration.ofDays(1)));
                }
            }
        }

        private void allocate(Random random) {
            long byteSize = random.nextInt(20) == 0 ? random.nextInt(100_000) : random.nextInt(2_000);
            Handle handle = heap.allocate(byteSize);
            assertThat(model).doesNotContainKey(handle);
            order.add(handle);
            requested += byteSize;
            write(handle, byteSize, random.nextLong());
        }

        private void write(Handle handle, long byteSize, long seed) {
            model.put(handle, new Content(byteSize, seed));
            heap.write(handle, memory -> {
                assertThat(memory.byteSize()).isEqualTo(byteSize);
                memory.fill((byte) seed);
                if (byteSize >= 8) {
                    memory.set(ValueLayout.JAVA_LONG_UNALIGNED, byteSize - 8, seed);
                }
            });
        }

        private void check(Handle handle) {
            Content content = model.get(handle);
            assertThat(heap.byteSize(handle)).isEqualTo(content.byteSize);
            Boolean isWhole = heap.read(handle, memory -> holds(memory, content));
            assertThat(isWhole).isTrue();
        }

        private static boolean holds(MemorySegment memory, Content content) {
            for (long offset = 0; offset < content.byteSize - 8; offset++) {
                if (memory.get(ValueLayout.JAVA_BYTE, offset) != (byte) content.seed) {
                    return false;
                }
            }
            return content.byteSize < 8
                    || memory.get(ValueLayout.JAVA_LONG_UNALIGNED, content.byteSize - 8) == content.seed;
        }

        private void resize(Handle handle, Random random) {
            check(handle);
            Content before = model.get(handle);
            long byteSize = random.nextInt(3_000);
            assertThat(heap.tryResize(handle, byteSize)).isEqualTo(!pins.containsKey(handle));
            if (!pins.containsKey(handle)) {
                requested += byteSize - before.byteSize;
                long kept = Math.min(byteSize, Math.max(0, before.byteSize - 8));
                assertThat(heap.<Boolean>read(
                                handle, memory -> memory.asSlice(0, kept).mismatch(filled(kept, before.seed)) < 0))
                        .isTrue();
                write(handle, byteSize, random.nextLong());
            }
        }

        private static MemorySegment filled(long byteSize, long seed) {
            return MemorySegment.ofArray(new byte[(int) byteSize]).fill((byte) seed);
        }

        private void pinOrUnpin(Handle handle) {
            Pin pin = pins.remove(handle);
            if (pin == null) {
                pins.put(handle, heap.pin(handle));
            } else {
                assertThat(holds(pin.memory(), model.get(handle)))
                        .as("did not move")
                        .isTrue();
                pin.close();
                pin.close();
            }
        }

        private void free(Handle handle) {
            heap.free(handle);
            Content content = model.remove(handle);
            Pin pin = pins.remove(handle);
            mustBeStale(handle);
            if (pin != null) {
                assertThat(heap.liveBlocks()).as("with the pinned one").isEqualTo(model.size() + 1);
                assertThat(holds(pin.memory(), content)).isTrue();
                pin.close();
            }
            requested -= content.byteSize;
            order.remove(handle);
            freed.add(handle);
        }

        private void mustBeStale(Handle handle) {
            assertThatExceptionOfType(StaleHandleException.class).isThrownBy(() -> heap.free(handle));
            assertThatExceptionOfType(StaleHandleException.class).isThrownBy(() -> heap.pin(handle));
        }
    }
}
