package dev.ashlar.arena.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The bump core, compared with a model that has every live block, and a copy of them for each mark. */
class BumpCoreProperties {

    private static final long RANGE = 4096;

    /** The possible steps. The index of a block or mark wraps around. */
    enum Action {
        BUMP,
        BUMP_MORE,
        FREE,
        FREE_LAST,
        RESIZE,
        MARK,
        REWIND,
        RETIRE
    }

    record Step(Action action, int size, int alignmentBits, int pick) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        return Combinators.combine(
                        Arbitraries.of(Action.class),
                        Arbitraries.integers().between(0, 200),
                        Arbitraries.integers().between(0, 7),
                        Arbitraries.integers().between(0, 1000))
                .as(Step::new)
                .list()
                .ofMaxSize(150);
    }

    /** A mark, and the blocks that were live when it was made. Later frees of blocks below it count. */
    private record Marked(BumpCore.Position position, List<Long> live) {}

    @Property
    void mustEqualAModel(@ForAll("steps") List<Step> steps, @ForAll boolean shared) {
        BumpCore core = new BumpCore(RANGE, shared);
        assertThat(core.bump(0, 1)).as("a retired core serves nothing").isNegative();
        core.activate();
        TreeMap<Long, Long> live = new TreeMap<>();
        Deque<Marked> marks = new ArrayDeque<>();
        long allocations = 0;
        long last = -1;
        for (Step step : steps) {
            switch (step.action) {
                case BUMP, BUMP_MORE -> {
                    long alignment = 1L << step.alignmentBits;
                    long room = core.room();
                    long offset = core.bump(step.size, alignment);
                    if (offset < 0) {
                        assertThat(room).isLessThan(Math.max(1, step.size) + Math.max(8, alignment) + 7);
                    } else {
                        assertThat(offset % alignment).isZero();
                        assertApart(live, offset, step.size);
                        live.put(offset, (long) step.size);
                        allocations++;
                        last = offset;
                    }
                }
                case FREE -> {
                    if (!live.isEmpty()) {
                        long offset = List.copyOf(live.keySet()).get(step.pick % live.size());
                        assertThat(core.free(offset, live.remove(offset))).isTrue();
                    }
                }
                case FREE_LAST -> {
                    if (live.containsKey(last)
                            && (marks.isEmpty() || !marks.peek().live.contains(last))) {
                        long room = core.room();
                        assertThat(core.free(last, live.get(last))).isTrue();
                        assertThat(core.room()).as("the last block's memory").isGreaterThan(room);
                        assertThat(core.free(last, live.remove(last)))
                                .as("freed above the top")
                                .isFalse();
                    }
                }
                case RESIZE -> {
                    if (!live.isEmpty()) {
                        long offset = List.copyOf(live.keySet()).get(step.pick % live.size());
                        long old = live.remove(offset);
                        if (core.resize(offset, old, step.size)) {
                            assertApart(live, offset, step.size);
                            live.put(offset, (long) step.size);
                        } else {
                            assertThat((long) step.size)
                                    .as("a block may always shrink")
                                    .isGreaterThan(old);
                            live.put(offset, old);
                        }
                    }
                }
                case MARK -> marks.push(new Marked(core.mark(), List.copyOf(live.keySet())));
                case REWIND -> {
                    for (int drop = step.pick % Math.max(1, marks.size()); drop > 0; drop--) {
                        marks.pop();
                    }
                    if (!marks.isEmpty()) {
                        Marked mark = marks.peek(); // stays valid
                        core.rewind(mark.position);
                        assertThat(core.isAt(mark.position)).isTrue();
                        live.keySet().retainAll(mark.live);
                        last = -1;
                    }
                }
                case RETIRE -> {
                    core.retire();
                    assertThat(core.bump(step.size, 1)).isNegative();
                    core.activate();
                }
            }
            core.checkInvariants();
            assertThat(core.liveBlocks()).as("live blocks").isEqualTo(live.size());
            assertThat(core.requestedBytes())
                    .as("requested bytes")
                    .isEqualTo(live.values().stream().mapToLong(size -> size).sum());
            assertThat(core.allocatedBytes())
                    .as("allocated bytes")
                    .isEqualTo(live.values().stream()
                            .mapToLong(size -> (Math.max(1, size) + 7) / 8 * 8)
                            .sum());
            assertThat(core.allocations()).as("allocations").isEqualTo(allocations);
        }
        if (live.isEmpty()) {
            assertThat(core.endIfUnused()).isTrue();
        } else {
            assertThat(core.endIfUnused()).isFalse();
            core.clear();
            core.checkInvariants();
            assertThat(core.liveBlocks()).isZero();
            assertThat(core.room()).isEqualTo(RANGE);
        }
        assertThat(core.allocations()).isEqualTo(allocations);
    }

    private static void assertApart(NavigableMap<Long, Long> live, long offset, long size) {
        long end = offset + Math.max(1, size);
        assertThat(end).isLessThanOrEqualTo(RANGE);
        Map.Entry<Long, Long> below = live.floorEntry(offset);
        if (below != null) {
            assertThat(below.getKey() + Math.max(1, below.getValue())).isLessThanOrEqualTo(offset);
        }
        Long above = live.ceilingKey(offset);
        if (above != null) {
            assertThat(above).isGreaterThanOrEqualTo(end);
        }
    }

    @Property
    void mustGiveEverythingBackWhenFreedInReverse(@ForAll("sizes") List<Integer> sizes, @ForAll boolean shared) {
        BumpCore core = new BumpCore(RANGE, shared);
        core.activate();
        List<long[]> blocks = new ArrayList<>();
        for (int size : sizes) {
            long offset = core.bump(size, 8);
            if (offset >= 0) {
                blocks.add(new long[] {offset, size});
            }
        }
        blocks.reversed()
                .forEach(block -> assertThat(core.free(block[0], block[1])).isTrue());
        assertThat(core.room()).isEqualTo(RANGE);
        core.checkInvariants();
    }

    @Provide
    Arbitrary<List<Integer>> sizes() {
        return Arbitraries.integers().between(0, 300).list().ofMaxSize(40);
    }

    /** Many frames in succession: marks must not use up the memory, a granule for each frame. */
    @Property(tries = 20)
    void marksInALoopMustTakeNoMemory(@ForAll boolean shared, @ForAll boolean allocates) {
        BumpCore core = new BumpCore(RANGE, shared);
        core.activate();
        core.bump(100, 8);
        core.mark();
        long room = core.room();
        for (int frame = 0; frame < 2_000; frame++) {
            BumpCore.Position mark = core.mark();
            if (allocates) {
                assertThat(core.bump(500, 8)).isNotNegative();
            }
            core.rewind(mark);
        }
        assertThat(core.room()).isEqualTo(room);
    }
}
