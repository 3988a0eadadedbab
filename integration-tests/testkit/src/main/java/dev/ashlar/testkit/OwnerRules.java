package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Owner;
import dev.ashlar.api.support.TryFree;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The capability {@link Owner}. */
interface OwnerRules extends CapabilityRules {

    @Test
    default void owner_mustKnowItsLiveBlocks() {
        whereDeclared(Owner.class, (subject, owner) -> {
            for (long byteSize :
                    new long[] {0, 1, 8, 100, 4000, declaredLimits().largestBlock()}) {
                subject.allocateMany(5, byteSize);
            }
            for (MemorySegment block : subject.recorder().blocks()) {
                assertThat(owner.owns(block)).as("owns %s", block).isTrue();
                assertThat(owner.isLive(block)).as("%s is live", block).isTrue();
                assertThat(owner.owns(block.address())).isTrue();
                assertThat(owner.isLive(block.address())).isTrue();
                assertThat(owner.allocatedSize(block.address())).isEqualTo(owner.allocatedSize(block));
            }
            assertThat(subject.stats().invalidFrees())
                    .as("invalid frees after a question")
                    .isZero();
            subject.freeEverything();
        });
    }

    @Test
    default void owner_mustKnowWhatItsBlocksTakeWhateverTheSegmentSays() {
        whereDeclared(Owner.class, (subject, owner) -> {
            for (long byteSize :
                    new long[] {0, 1, 8, 100, 4000, declaredLimits().largestBlock()}) {
                subject.allocateMany(3, byteSize);
            }
            List<MemorySegment> blocks = subject.recorder().blocks();
            long sum = 0;
            for (MemorySegment block : blocks) {
                long allocated = owner.allocatedSize(block);
                assertThat(allocated).as("size of %s", block).isGreaterThanOrEqualTo(block.byteSize());
                assertThat(owner.allocatedSize(block.asSlice(0, 0))).isEqualTo(allocated);
                assertThat(owner.allocatedSize(block.asSlice(block.byteSize() / 2, 0)))
                        .isIn(block.byteSize() / 2 == 0 ? allocated : InvalidBlockException.UNKNOWN_SIZE);
                sum += allocated;
            }
            assertThat(sum).isEqualTo(subject.stats().allocatedBytes());
            subject.freeEverything();
            blocks.forEach(
                    block -> assertThat(owner.allocatedSize(block)).isEqualTo(InvalidBlockException.UNKNOWN_SIZE));
        });
    }

    @Test
    default void owner_mustOwnAddressesInsideBlocksThatAreNotLive() {
        whereDeclared(Owner.class, (subject, owner) -> {
            MemorySegment block = subject.allocate(256);
            for (long offset : new long[] {1, 8, 16, 128, 255}) {
                assertThat(owner.isLive(block.asSlice(offset)))
                        .as("live at %d", offset)
                        .isFalse();
            }
            subject.free(block);
        });
    }

    @Test
    default void owner_mustNotTakeFreedBlocksForLive() {
        whereDeclared(Owner.class, (subject, owner) -> {
            List<MemorySegment> blocks = subject.allocateMany(9, 64);
            for (int i = 0; i < blocks.size(); i += 2) {
                subject.free(blocks.get(i));
            }
            for (int i = 0; i < blocks.size(); i++) {
                assertThat(owner.isLive(blocks.get(i))).as("block %d", i).isEqualTo(i % 2 == 1);
            }
            subject.freeEverything();
            blocks.forEach(block -> assertThat(owner.isLive(block)).isFalse());
        });
    }

    /** Also where a block is freed twice while the rest of its slab or region is live. */
    @Test
    default void tryFree_mustFreeWhatLiesThereAndLeaveEverythingElse() {
        whereDeclared(Owner.class, (subject, owner) -> {
            assumeTrue(subject.allocator() instanceof TryFree, "the allocator is no TryFree");
            TryFree some = (TryFree) subject.allocator();
            List<MemorySegment> blocks = subject.allocateMany(9, 100);
            for (int i = 0; i < blocks.size(); i += 2) {
                MemorySegment block = blocks.get(i);
                subject.recorder().givenBack(block);
                assertThat(some.tryFree(block.address(), 100)).isTrue();
                assertThat(owner.isLive(block)).isFalse();
                assertThatExceptionOfType(InvalidBlockException.class)
                        .isThrownBy(() -> some.tryFree(block.address(), 100));
            }
            assertThat(subject.stats().invalidFrees()).isEqualTo(5);
            MemorySegment large = subject.allocate(declaredLimits().largestBlock());
            subject.recorder().givenBack(large);
            if (!some.tryFree(large.address(), large.byteSize())) {
                assertThat(owner.isLive(large)).isTrue();
                subject.allocator().free(large);
            }
            try (AllocatorUnderTest other = subject()) {
                MemorySegment foreign = other.allocate(100);
                assertThat(some.tryFree(foreign.address(), 100)).isFalse();
                assertThat(some.tryFree(0, 100)).isFalse();
                other.free(foreign);
            }
            assertThat(subject.stats().invalidFrees()).isEqualTo(5);
            subject.freeEverything();
        });
    }

    @Test
    default void owner_mustDisownForeignMemory() {
        whereDeclared(Owner.class, (subject, owner) -> {
            MemorySegment own = subject.allocate(64);
            try (AllocatorUnderTest other = subject();
                    Arena arena = Arena.ofConfined()) {
                List<MemorySegment> foreign = List.of(
                        other.allocate(64),
                        arena.allocate(64),
                        MemorySegment.NULL,
                        MemorySegment.ofArray(new byte[64]),
                        MemorySegment.ofAddress(-8),
                        MemorySegment.ofAddress(Long.MAX_VALUE));
                for (MemorySegment block : foreign) {
                    assertThat(owner.owns(block)).as("owns %s", block).isFalse();
                    assertThat(owner.isLive(block)).as("%s is live", block).isFalse();
                }
                other.freeEverything();
            }
            subject.free(own);
        });
    }

    @Test
    default void owner_mustDisownMemoryThatWentBackUpstream() {
        whereDeclared(Owner.class, (subject, owner) -> {
            List<MemorySegment> blocks = subject.allocateMany(50, 1000);
            subject.freeEverything();
            subject.allocator().trim();
            blocks.forEach(block -> assertThat(owner.owns(block)).isFalse());
        });
    }
}
