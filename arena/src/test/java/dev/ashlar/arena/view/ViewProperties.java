package dev.ashlar.arena.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.arena.CheckedBlocks;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** Every kind of view against what the JDK's arenas promise, on random requests. */
class ViewProperties {

    /** What is asked of a view. */
    public record Request(long byteSize, long byteAlignment) {}

    @Provide
    Arbitrary<List<Request>> requests() {
        Arbitrary<Long> sizes = Arbitraries.frequencyOf(
                Tuple.of(6, Arbitraries.longs().between(0, 200)),
                Tuple.of(2, Arbitraries.longs().between(0, 5_000)),
                Tuple.of(1, Arbitraries.longs().between(0, 80_000)));
        Arbitrary<Long> alignments = Arbitraries.integers().between(0, 8).map(shift -> 1L << shift);
        return Combinators.combine(sizes, alignments).as(Request::new).list().ofMaxSize(80);
    }

    @Property(edgeCases = EdgeCasesMode.NONE, tries = 100)
    void mustHandOutBlocksAsTheJdkPromisesAndFreeThemAll(
            @ForAll("requests") List<Request> requests, @ForAll ViewKind kind, @ForAll boolean limited) {
        CheckedBlocks allocator = new CheckedBlocks();
        allocator.limit(limited ? 30_000 : Long.MAX_VALUE);
        List<MemorySegment> blocks = new ArrayList<>();
        Arena view = kind.open(allocator);
        for (Request request : requests) {
            long before = allocator.requestedBytes();
            try {
                MemorySegment block = view.allocate(request.byteSize, request.byteAlignment);
                assertThat(block.byteSize()).isEqualTo(request.byteSize);
                assertThat(block.address() % request.byteAlignment).isZero();
                assertThat(block.scope()).isEqualTo(view.scope());
                if (kind.isZeroing()) {
                    assertZeroed(block);
                }
                block.fill((byte) (1 + blocks.size()));
                blocks.add(block);
            } catch (AllocationException e) {
                assertThat(limited).isTrue();
                assertThat(allocator.requestedBytes()).isEqualTo(before);
            }
            if (view instanceof ConfinedArena confined) {
                confined.checkInvariants();
            }
        }
        assertKept(blocks);
        assertDisjoint(blocks);
        view.close();
        assertThat(allocator.liveBlocks()).isZero();
        assertThat(allocator.requestedBytes()).isZero();
        for (MemorySegment block : blocks) {
            assertDead(block);
        }
    }

    @Property(edgeCases = EdgeCasesMode.NONE, tries = 50)
    void mustZeroMemoryThatAnotherViewUsedBefore(@ForAll("requests") List<Request> requests, @ForAll boolean shared) {
        try (Allocator allocator = AllocatorProviders.require("slab").create(AllocatorConfig.defaults())) {
            for (int round = 0; round < 3; round++) {
                try (Arena view = shared ? AllocatorArenas.shared(allocator) : AllocatorArenas.confined(allocator)) {
                    for (Request request : requests) {
                        MemorySegment block = view.allocate(request.byteSize, request.byteAlignment);
                        assertZeroed(block);
                        block.fill(CheckedBlocks.DIRT);
                    }
                }
            }
            AllocatorStats stats = allocator.stats();
            assertThat(stats.liveBlocks()).isZero();
            assertThat(stats.requestedBytes()).isZero();
        }
    }

    private static void assertZeroed(MemorySegment block) {
        for (long i = 0; i < block.byteSize(); i++) {
            assertThat(block.get(ValueLayout.JAVA_BYTE, i)).isZero();
        }
    }

    private static void assertKept(List<MemorySegment> blocks) {
        for (int i = 0; i < blocks.size(); i++) {
            MemorySegment expected = MemorySegment.ofArray(
                            new byte[(int) blocks.get(i).byteSize()])
                    .fill((byte) (1 + i));
            assertThat(blocks.get(i).mismatch(expected)).isEqualTo(-1);
        }
    }

    private static void assertDisjoint(List<MemorySegment> blocks) {
        List<MemorySegment> byAddress = blocks.stream()
                .sorted(Comparator.comparingLong(MemorySegment::address))
                .toList();
        for (int i = 1; i < byAddress.size(); i++) {
            MemorySegment before = byAddress.get(i - 1);
            assertThat(byAddress.get(i).address())
                    .isGreaterThanOrEqualTo(before.address() + Math.max(1, before.byteSize()));
        }
    }

    private static void assertDead(MemorySegment block) {
        assertThat(block.scope().isAlive()).isFalse();
        assertThatThrownBy(() -> block.fill((byte) 0)).isInstanceOf(IllegalStateException.class);
    }
}
