package dev.ashlar.arena;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Resettable;
import dev.ashlar.api.Resettable.Mark;
import dev.ashlar.api.Resettable.ResetMode;
import dev.ashlar.arena.BumpArena.Checking;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.testkit.AllocatorUnderTest;
import dev.ashlar.testkit.ContractLimits;
import dev.ashlar.testkit.ContractLimits.SingleFrees;
import dev.ashlar.testkit.FaultySource;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/**
 * Marks, rewinds and resets of every form of arena, compared with a recorder of blocks. A rewind frees exactly the
 * blocks since its mark, marks nest, and a reset frees all blocks. Chunks are small, so that marks are in many of them.
 */
class ArenaProperties {

    enum Action {
        ALLOCATE,
        FREE,
        RESIZE,
        MARK,
        REWIND,
        TRIM,
        RESET,
        GIVE_BACK,
        KEEP_SOME
    }

    record Step(Action action, long size, int alignmentBits, int pick) {}

    /** The blocks that were live when the mark was made, by identity: another block may get their address later. */
    private record Marked(Mark mark, Set<MemorySegment> live) {}

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Long> sizes = Arbitraries.frequencyOf(
                Tuple.of(10, Arbitraries.longs().between(0, 600)),
                Tuple.of(3, Arbitraries.longs().between(0, 16 << 10)),
                Tuple.of(1, Arbitraries.longs().between(16 << 10, 100 << 10)));
        Arbitrary<Action> actions = Arbitraries.frequency(
                Tuple.of(12, Action.ALLOCATE),
                Tuple.of(5, Action.FREE),
                Tuple.of(3, Action.RESIZE),
                Tuple.of(3, Action.MARK),
                Tuple.of(3, Action.REWIND),
                Tuple.of(1, Action.TRIM),
                Tuple.of(1, Action.RESET),
                Tuple.of(1, Action.GIVE_BACK),
                Tuple.of(1, Action.KEEP_SOME));
        return Combinators.combine(
                        actions,
                        sizes,
                        Arbitraries.integers().between(0, 13),
                        Arbitraries.integers().between(0, 100))
                .as(Step::new)
                .list()
                .ofMaxSize(100);
    }

    @Property(edgeCases = EdgeCasesMode.NONE)
    void rewindMustFreeWhatCameSinceItsMarkAndNothingElse(
            @ForAll("steps") List<Step> steps, @ForAll BumpArena.Threads threads, @ForAll Checking checking) {
        FaultySource source = new FaultySource();
        BumpArena.Builder settings = BumpArena.builder()
                .threads(threads)
                .checking(checking)
                .firstChunk(4 << 10)
                .largestChunk(64 << 10);
        AllocatorConfig config = AllocatorConfig.builder()
                .source(source)
                .retainedBytes(32 << 10)
                .settings(settings)
                .build();
        ContractLimits limits =
                ContractLimits.builder().singleFrees(SingleFrees.WAIT_FOR_RESET).build();
        try (AllocatorUnderTest subject =
                new AllocatorUnderTest(new ArenaProvider().create(config), source, config, limits)) {
            Deque<Marked> marks = new ArrayDeque<>();
            List<Mark> invalid = new ArrayList<>();
            Resettable arena = subject.capability(Resettable.class);
            long allocations = 0;
            for (Step step : steps) {
                List<MemorySegment> live = subject.recorder().blocks();
                switch (step.action) {
                    case ALLOCATE -> {
                        subject.allocate(step.size, 1L << step.alignmentBits);
                        allocations++;
                    }
                    case FREE -> {
                        if (!live.isEmpty()) {
                            subject.free(live.get(step.pick % live.size()));
                        }
                    }
                    case RESIZE -> {
                        if (!live.isEmpty()) {
                            MemorySegment block = live.get(step.pick % live.size());
                            MemorySegment resized = subject.resize(block, step.size, 8);
                            boolean moved = resized.address() != block.address();
                            allocations += moved ? 1 : 0;
                            for (Marked marked : marks) {
                                if (marked.live.remove(block) && !moved) {
                                    marked.live.add(resized);
                                }
                            }
                        }
                    }
                    case MARK -> marks.push(new Marked(arena.mark(), identities(live)));
                    case REWIND -> {
                        for (int drop = step.pick % Math.max(1, marks.size()); drop > 0; drop--) {
                            invalid.add(marks.pop().mark);
                        }
                        if (!marks.isEmpty()) {
                            Marked marked = marks.peek();
                            arena.rewind(marked.mark);
                            subject.recorder().checkContents();
                            subject.recorder().forgetAll();
                            live.stream()
                                    .filter(marked.live::contains)
                                    .forEach(block -> subject.recorder().handedOut(block, block.byteSize(), 1));
                        }
                    }
                    case TRIM -> {
                        subject.allocator().trim();
                        if (live.isEmpty()) {
                            assertThat(source.openBytes()).isZero();
                        }
                    }
                    case RESET, GIVE_BACK, KEEP_SOME -> {
                        subject.recorder().forgetAll();
                        long before = source.openBytes();
                        arena.reset(mode(step.action));
                        assertThat(subject.stats().liveBlocks()).isZero();
                        switch (step.action) {
                            case GIVE_BACK -> assertThat(source.openBytes()).isZero();
                            case KEEP_SOME -> assertThat(source.openBytes()).isLessThanOrEqualTo(20_000);
                            default -> assertThat(source.openBytes()).isEqualTo(before);
                        }
                        marks.forEach(marked -> invalid.add(marked.mark));
                        marks.clear();
                    }
                }
                // A mark equals the one before it if nothing happened in between. Then it ends with that one.
                invalid.removeIf(mark -> marks.stream().anyMatch(marked -> marked.mark == mark));
                invalid.forEach(mark -> assertThatIllegalArgumentException().isThrownBy(() -> arena.rewind(mark)));
                invalid.clear();
                subject.check();
                assertThat(subject.stats().allocations()).isEqualTo(allocations);
            }
            subject.allocator().close();
            assertThat(source.openBytes()).isZero();
            assertThat(source.misuses()).isEmpty();
        }
    }

    private static ResetMode mode(Action action) {
        return switch (action) {
            case GIVE_BACK -> new ResetMode.GiveBack();
            case KEEP_SOME -> new ResetMode.KeepUpTo(20_000);
            default -> new ResetMode.KeepMemory();
        };
    }

    private static Set<MemorySegment> identities(List<MemorySegment> blocks) {
        Set<MemorySegment> identities = Collections.newSetFromMap(new IdentityHashMap<>());
        identities.addAll(blocks);
        return identities;
    }

    @Property(tries = 50, edgeCases = EdgeCasesMode.NONE)
    void rewindMustGiveTheSameMemoryAgain(
            @ForAll("steps") List<Step> steps, @ForAll BumpArena.Threads threads, @ForAll Checking checking) {
        BumpArena.Builder settings = BumpArena.builder()
                .threads(threads)
                .checking(checking)
                .firstChunk(4 << 10)
                .largestChunk(64 << 10);
        try (FaultySource source = new FaultySource();
                Allocator allocator = new ArenaProvider()
                        .create(AllocatorConfig.builder()
                                .source(source)
                                .limitBytes(AllocationException.NO_LIMIT)
                                .settings(settings)
                                .build())) {
            Resettable arena = allocator.as(Resettable.class).orElseThrow();
            allocator.allocate(100, 8);
            Mark mark = arena.mark();
            steps.forEach(step -> allocator.allocate(step.size, 8));
            List<Long> first;
            long takes;
            int rounds = 0;
            do { // until there are enough chunks for any order of use
                arena.rewind(mark);
                takes = source.takes();
                first = steps.stream()
                        .map(step -> allocator.allocate(step.size, 8).address())
                        .toList();
                assertThat(rounds++).as("rounds that took memory").isLessThan(5);
            } while (source.takes() > takes);
            for (int i = 0; i < 3; i++) {
                arena.rewind(mark);
                assertThat(steps.stream()
                                .map(step -> allocator.allocate(step.size, 8).address())
                                .toList())
                        .isEqualTo(first);
            }
            assertThat(source.takes()).as("chunks taken by later rounds").isEqualTo(takes);
        }
    }
}
