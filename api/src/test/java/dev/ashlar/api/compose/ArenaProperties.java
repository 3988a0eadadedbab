package dev.ashlar.api.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.CheckingAllocator;
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

/** Every kind of arena over an allocator keeps the promises of the JDK's arenas, for random requests. */
class ArenaProperties {

    /** A request to an arena. */
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
            @ForAll("requests") List<Request> requests, @ForAll ArenaKind kind, @ForAll boolean limited) {
        CheckingAllocator allocator = new CheckingAllocator(limited ? 30_000 : 1 << 30);
        List<MemorySegment> blocks = new ArrayList<>();
        Arena arena = kind.open(allocator);
        for (Request request : requests) {
            long before = allocator.stats().requestedBytes();
            try {
                MemorySegment block = arena.allocate(request.byteSize, request.byteAlignment);
                assertThat(block.byteSize()).isEqualTo(request.byteSize);
                assertThat(block.address() % request.byteAlignment).isZero();
                assertThat(block.scope()).isEqualTo(arena.scope());
                if (kind.isZeroing()) {
                    assertZeroed(block);
                }
                block.fill((byte) (1 + blocks.size()));
                blocks.add(block);
            } catch (AllocationException e) {
                assertThat(limited).isTrue();
                assertThat(allocator.stats().requestedBytes()).isEqualTo(before);
            }
            if (arena instanceof ConfinedArena confined) {
                confined.checkInvariants();
            }
        }
        assertKept(blocks);
        assertDisjoint(blocks);
        arena.close();
        assertThat(allocator.stats().liveBlocks()).isZero();
        assertThat(allocator.stats().requestedBytes()).isZero();
        for (MemorySegment block : blocks) {
            assertDead(block);
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
