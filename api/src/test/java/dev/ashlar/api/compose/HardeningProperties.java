package dev.ashlar.api.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.compose.Hardening.Level;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Every write near a block is found, and nothing else is, at all sizes and alignments. */
class HardeningProperties {

    /**
     * A block and writes around it.
     *
     * @param byteSize its size
     * @param byteAlignment its alignment
     * @param writes offsets from its start
     */
    record Written(long byteSize, long byteAlignment, List<Integer> writes) {}

    @Provide
    Arbitrary<List<Written>> blocks() {
        Arbitrary<Long> sizes = Arbitraries.longs().between(0, 700);
        Arbitrary<Long> alignments = Arbitraries.integers().between(0, 12).map(power -> 1L << power);
        Arbitrary<List<Integer>> offsets =
                Arbitraries.integers().between(-8, 707).list().ofMaxSize(3);
        return Combinators.combine(sizes, alignments, offsets)
                .as(Written::new)
                .list()
                .ofMinSize(1)
                .ofMaxSize(12);
    }

    @Provide
    Arbitrary<Hardening.Builder> settings() {
        return Combinators.combine(
                        Arbitraries.of(Level.CANARIES, Level.FULL), Arbitraries.of(8, 16, 64), Arbitraries.of(0, 1))
                .as((level, redzone, guard) ->
                        Hardening.builder(level).redzoneBytes(redzone).guardEvery(guard));
    }

    /** The model: a write is found at the first offset outside the block, before it or else behind it. */
    @Property
    void mustFindExactlyTheWritesOutsideTheirBlocks(
            @ForAll("blocks") List<Written> blocks, @ForAll("settings") Hardening.Builder settings) {
        RegionAllocator region = new RegionAllocator(1 << 20);
        Allocator allocator = Allocators.hardening(region, settings.build());
        List<MemorySegment> live = new ArrayList<>();
        for (Written written : blocks) {
            MemorySegment block = allocator.allocate(written.byteSize, written.byteAlignment);
            assertThat(block.byteSize()).isEqualTo(written.byteSize);
            assertThat(block.address() % written.byteAlignment).isZero();
            block.fill((byte) 7);
            live.add(block);
        }
        for (int i = 0; i < live.size(); i++) {
            long end = blocks.get(i).byteSize + 8;
            for (int offset : blocks.get(i).writes) {
                if (offset < end) {
                    change(region.at(live.get(i).address() + offset, 1));
                }
            }
        }
        for (int i = 0; i < live.size(); i++) {
            assertFound(allocator, live.get(i), blocks.get(i));
        }
        assertThat(allocator.stats().liveBlocks()).isZero();
        assertThat(allocator.stats().requestedBytes()).isZero();
        allocator.close();
        assertThat(region.live).hasValue(0);
    }

    private static void change(MemorySegment one) {
        one.set(ValueLayout.JAVA_BYTE, 0, (byte) (one.get(ValueLayout.JAVA_BYTE, 0) + 1));
    }

    private static void assertFound(Allocator allocator, MemorySegment block, Written written) {
        List<Integer> outside = written.writes.stream()
                .filter(offset -> offset < 0 || (offset >= written.byteSize && offset < written.byteSize + 8))
                .sorted()
                .toList();
        if (outside.isEmpty()) {
            allocator.free(block);
        } else {
            assertThatExceptionOfType(CorruptedBlockException.class)
                    .isThrownBy(() -> allocator.free(block))
                    .satisfies(e -> assertThat(e.finding().offset()).isEqualTo((long) outside.getFirst()));
        }
    }

    /** Also the writes after a free: at each offset of the block and its redzones. */
    @Property
    void mustFindEachWriteToAFreedBlock(@ForAll("blocks") List<Written> blocks) {
        RegionAllocator region = new RegionAllocator(1 << 20);
        List<Finding> findings = new ArrayList<>();
        Allocator allocator = Allocators.hardening(
                region, Hardening.builder(Level.FULL).onFinding(findings::add).build());
        long expected = 0;
        for (Written written : blocks) {
            MemorySegment block = allocator.allocate(written.byteSize, written.byteAlignment);
            allocator.free(block);
            List<Integer> inReach = written.writes.stream()
                    .filter(offset -> offset < written.byteSize + 8)
                    .toList();
            inReach.forEach(offset -> change(region.at(block.address() + offset, 1)));
            expected += inReach.isEmpty() ? 0 : 1;
        }
        allocator.trim();
        assertThat(findings).hasSize((int) expected);
        assertThat(region.live).hasValue(0);
    }
}
