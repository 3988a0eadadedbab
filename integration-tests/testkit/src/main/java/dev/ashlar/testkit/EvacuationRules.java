package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Evacuable;
import dev.ashlar.api.Evacuable.Evacuation;
import dev.ashlar.testkit.ChurnWorkload.Mix;
import dev.ashlar.testkit.TestThread.Kind;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The capability to name the blocks that hold sparse memory. */
interface EvacuationRules extends CapabilityRules {

    /** Blocks of 4 MB. */
    int MANY = 4_000;

    /** A size that slabs and regions serve. */
    long BLOCK = 1_000;

    private AllocatorUnderTest withoutLimit() {
        return subject(AllocationException.NO_LIMIT, 0);
    }

    /** Makes memory sparse: every tenth block stays. */
    private static List<MemorySegment> sparse(AllocatorUnderTest subject) {
        List<MemorySegment> freed = new ArrayList<>();
        List<MemorySegment> kept = new ArrayList<>();
        List<MemorySegment> all = subject.allocateMany(MANY, BLOCK);
        for (int i = 0; i < all.size(); i++) {
            (i % 10 == 0 ? kept : freed).add(all.get(i));
        }
        subject.free(freed);
        subject.allocator().trim();
        return kept;
    }

    /** Moves every block that is worth it, as an owner of handles does. */
    private static void move(AllocatorUnderTest subject, List<MemorySegment> blocks, Evacuation evacuation) {
        for (int i = 0; i < blocks.size(); i++) {
            MemorySegment old = blocks.get(i);
            if (evacuation.contains(old.address())) {
                MemorySegment moved = subject.allocate(BLOCK);
                assertThat(evacuation.contains(moved.address()))
                        .as("the new block lies in memory that is being emptied")
                        .isFalse();
                subject.free(old);
                blocks.set(i, moved);
            }
        }
    }

    @Test
    default void evacuation_mustReleaseSparseMemoryOnceItsBlocksAreMoved() {
        whereDeclared(Evacuable.class, withoutLimit(), (subject, evacuable) -> {
            List<MemorySegment> kept = sparse(subject);
            long before = subject.source().openBytes();
            try (Evacuation evacuation = evacuable.evacuate(0.5, Long.MAX_VALUE)) {
                assertThat(evacuation.byteSize()).isBetween(before / 2, before);
                assertThat(evacuation.liveBytes()).isBetween(1L, evacuation.byteSize() / 2);
                move(subject, kept, evacuation);
                assertThat(kept).noneMatch(block -> evacuation.contains(block.address()));
            }
            subject.allocator().trim();
            assertThat(subject.source().openBytes()).as("bytes out afterwards").isLessThanOrEqualTo(before / 2);
            subject.recorder().checkContents();
            StatisticsRules.assertEqualWalk(subject);
            subject.freeEverything();
        });
    }

    @Test
    default void evacuation_mustLetMemoryServeAgainAtItsEnd() {
        whereDeclared(Evacuable.class, withoutLimit(), (subject, evacuable) -> {
            List<MemorySegment> kept = sparse(subject);
            Evacuation evacuation = evacuable.evacuate(0.5, Long.MAX_VALUE);
            long takes = subject.source().takes();
            evacuation.close();
            evacuation.close();
            assertThat(kept).noneMatch(block -> evacuation.contains(block.address()));
            subject.allocateMany(MANY / 2, BLOCK);
            assertThat(subject.source().takes()).as("chunks taken").isEqualTo(takes);
            subject.freeEverything();
        });
    }

    @Test
    default void evacuation_mustHonourItsBudget() {
        whereDeclared(Evacuable.class, withoutLimit(), (subject, evacuable) -> {
            List<MemorySegment> kept = sparse(subject);
            try (Evacuation evacuation = evacuable.evacuate(1, 200_000)) {
                long worth = kept.stream()
                        .filter(block -> evacuation.contains(block.address()))
                        .count();
                assertThat(worth * BLOCK).isBetween(1L, 200_000L);
                assertThat(evacuation.liveBytes()).isBetween(worth * BLOCK, 200_000L);
            }
            try (Evacuation evacuation = evacuable.evacuate(1, 0)) {
                assertThat(evacuation.liveBytes()).isZero();
                assertThat(kept).noneMatch(block -> evacuation.contains(block.address()));
            }
            subject.freeEverything();
        });
    }

    @Test
    default void evacuation_mustNotChooseWhatHasMoreLiveBlocks() {
        whereDeclared(Evacuable.class, withoutLimit(), (subject, evacuable) -> {
            List<MemorySegment> all = subject.allocateMany(MANY, BLOCK);
            try (Evacuation evacuation = evacuable.evacuate(0.02, Long.MAX_VALUE)) {
                assertThat(evacuation.liveBytes()).isLessThanOrEqualTo(evacuation.byteSize() / 50);
            }
            subject.free(all);
        });
    }

    /** Blocks of another size need new slabs, which a chunk of the first one must not serve. */
    @Test
    default void evacuation_mustLeaveToAnotherOneWhatThatHas() {
        whereDeclared(Evacuable.class, withoutLimit(), (subject, evacuable) -> {
            List<MemorySegment> kept = sparse(subject);
            try (Evacuation first = evacuable.evacuate(0.5, Long.MAX_VALUE)) {
                List<MemorySegment> emptied = subject.source().chunks().stream()
                        .filter(chunk -> kept.stream()
                                .anyMatch(block -> contains(chunk, block) && first.contains(block.address())))
                        .toList();
                try (Evacuation second = evacuable.evacuate(1, Long.MAX_VALUE)) {
                    assertThat(kept)
                            .noneMatch(block -> first.contains(block.address()) && second.contains(block.address()));
                }
                assertThat(subject.allocateMany(MANY / 4, 3 * BLOCK))
                        .as("blocks in chunks that the first evacuation empties")
                        .noneMatch(block -> emptied.stream().anyMatch(chunk -> contains(chunk, block)));
            }
            subject.freeEverything();
        });
    }

    private static boolean contains(MemorySegment chunk, MemorySegment block) {
        return Long.compareUnsigned(block.address() - chunk.address(), chunk.byteSize()) < 0;
    }

    @Test
    default void evacuation_mustRefuseWhatIsOutOfRange() {
        whereDeclared(Evacuable.class, withoutLimit(), (subject, evacuable) -> {
            for (double share : new double[] {-0.1, 1.1, Double.NaN}) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> evacuable.evacuate(share, 0))
                        .withMessageContaining("mostLive is " + share);
            }
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> evacuable.evacuate(1, -1))
                    .withMessageContaining("budgetBytes is -1");
        });
    }

    @Test
    default void evacuation_mustEndQuietlyWithItsAllocator() {
        whereDeclared(Evacuable.class, withoutLimit(), (subject, evacuable) -> {
            subject.free(sparse(subject));
            Evacuation evacuation = evacuable.evacuate(1, Long.MAX_VALUE);
            subject.allocator().close();
            evacuation.close();
            assertThatIllegalStateException().isThrownBy(() -> evacuable.evacuate(1, 0));
        });
    }

    @Test
    default void evacuation_mustNotDisturbThreadsAtWork() {
        whereDeclared(Evacuable.class, withoutLimit(), (subject, evacuable) -> {
            assumeFalse(
                    subject.isConfined(),
                    "limits() declares one thread; the rules of threads test that others are refused");
            List<MemorySegment> kept = sparse(subject);
            TestThread.together(Kind.PLATFORM, 3, number -> {
                if (number > 0) {
                    new ChurnWorkload(subject, Mix.EVERYTHING).run(1_500);
                } else {
                    for (int i = 0; i < 20; i++) {
                        try (Evacuation evacuation = evacuable.evacuate(0.5, 100_000)) {
                            move(subject, kept, evacuation);
                        }
                    }
                }
            });
            subject.recorder().checkContents();
            StatisticsRules.assertEqualWalk(subject);
            subject.freeEverything();
        });
    }
}
