package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.InvalidBlockException.Reason;
import dev.ashlar.api.Owner;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/**
 * Rule 4: a free takes live blocks and refuses everything else.
 *
 * <p>If a reason is not declared as seen, its frees are undefined. They are not tested, because their effect on later
 * tests is undefined too.
 */
interface FreeRules extends AllocatorUnderTestFactory {

    @Test
    default void rule04_mustTakeBlocksBackInAnyOrder() {
        try (AllocatorUnderTest subject = subject()) {
            List<MemorySegment> blocks = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                blocks.add(subject.allocate(i % 97));
            }
            for (int i = 0; i < 300; i += 3) {
                subject.free(blocks.get(i));
            }
            for (int i = 299; i >= 0; i--) {
                if (i % 3 != 0) {
                    subject.free(blocks.get(i));
                }
            }
            assertThat(subject.stats().liveBlocks()).isZero();
            assertThat(subject.stats().requestedBytes()).isZero();
        }
    }

    @Test
    default void rule04_mustRefuseABlockFreedTwice() {
        for (long byteSize : sizes()) {
            assertFreedTwiceIsRefused(byteSize, subject -> subject.allocator()::free);
        }
    }

    @Test
    default void rule04_mustRefuseToResizeABlockFreedBefore() {
        for (long byteSize : sizes()) {
            assertFreedTwiceIsRefused(
                    byteSize, subject -> block -> subject.allocator().resize(block, block.byteSize() + 8));
            assertFreedTwiceIsRefused(
                    byteSize, subject -> block -> subject.allocator().resize(block, block.byteSize(), 8));
        }
    }

    private long[] sizes() {
        long largest = declaredLimits().largestBlock();
        return new long[] {0, 1, 8, 64, 100, Math.min(largest - 8, 4096), largest - 8};
    }

    private void assertFreedTwiceIsRefused(
            long byteSize, Function<AllocatorUnderTest, Consumer<MemorySegment>> operation) {
        assumeTrue(declaredLimits().sees(Reason.FREED_TWICE), "limits() declares that FREED_TWICE is not seen");
        try (AllocatorUnderTest subject = subject()) {
            // Neighbours on both sides stay live, so that the memory around the block stays as it is.
            List<MemorySegment> blocks = subject.allocateMany(8, byteSize);
            MemorySegment victim = blocks.get(3);
            subject.free(victim);
            // A strategy that gave the memory back upstream only knows that it does not hold it.
            Reason reason = subject.source().holds(victim.address()) ? Reason.FREED_TWICE : Reason.FOREIGN;
            assertRefused(subject, victim, operation.apply(subject), reason);
            assertRefused(subject, victim, operation.apply(subject), reason);
            subject.allocateMany(8, byteSize); // none of which may overlap another
            subject.freeEverything();
        }
    }

    @Test
    default void rule04_mustRefuseEveryBlockASecondTimeAfterEverythingIsFreed() {
        assumeTrue(declaredLimits().sees(Reason.FREED_TWICE), "limits() declares that FREED_TWICE is not seen");
        try (AllocatorUnderTest subject = subject()) {
            List<MemorySegment> blocks = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                blocks.add(subject.allocate(i * 7L));
            }
            subject.free(blocks);
            blocks.forEach(block -> assertRefused(subject, block, subject.allocator()::free, Reason.values()));
            assertThat(subject.stats().liveBlocks()).isZero();
            assertThat(subject.stats().requestedBytes()).isZero();
        }
    }

    @Test
    default void rule04_mustRefuseAnAddressInsideABlock() {
        assumeTrue(declaredLimits().sees(Reason.NO_BLOCK_START), "limits() declares that NO_BLOCK_START is not seen");
        try (AllocatorUnderTest subject = subject()) {
            for (long byteSize : new long[] {8, 64, 100, 1000, declaredLimits().largestBlock()}) {
                MemorySegment block = subject.allocate(byteSize);
                for (long offset : new long[] {1, 4, 8, 16, 64, byteSize / 2, byteSize - 1}) {
                    if (offset > 0 && offset < byteSize) {
                        MemorySegment inside = block.asSlice(offset);
                        assertRefused(subject, inside, subject.allocator()::free, Reason.NO_BLOCK_START);
                    }
                }
            }
            subject.freeEverything();
        }
    }

    @Test
    default void rule04_mustRefuseEveryAddressOfItsMemoryWhereNoBlockIsLive() {
        assumeTrue(declaredLimits().sees(Reason.NO_BLOCK_START), "limits() declares that NO_BLOCK_START is not seen");
        assumeTrue(declaredLimits().sees(Reason.FREED_TWICE), "limits() declares that FREED_TWICE is not seen");
        try (AllocatorUnderTest subject = subject(AllocationException.NO_LIMIT, 16 << 20)) {
            List<MemorySegment> blocks = subject.allocateMany(40, 48);
            subject.allocateMany(20, 640);
            for (int i = 0; i < 40; i += 2) {
                subject.free(blocks.get(i));
            }
            for (MemorySegment chunk : subject.source().chunks()) {
                long step = Math.max(8, chunk.byteSize() / 4096 & -8);
                for (long offset = 0; offset < chunk.byteSize(); offset += step) {
                    MemorySegment anywhere = chunk.asSlice(offset, 0);
                    if (!subject.recorder().isLive(anywhere.address())) {
                        assertRefused(subject, anywhere, subject.allocator()::free, Reason.values());
                    }
                }
            }
            subject.recorder().checkContents();
            subject.freeEverything();
        }
    }

    /** A size larger than the slot, region or memory: otherwise the figures would follow a number of the client. */
    @Test
    default void rule04_mustRefuseASizeThatABlockCannotHave() {
        assumeTrue(declaredLimits().sees(Reason.WRONG_SIZE), "limits() declares that WRONG_SIZE is not seen");
        try (AllocatorUnderTest subject = subject()) {
            for (long byteSize : sizes()) {
                MemorySegment block = subject.allocate(byteSize);
                for (long more : new long[] {byteSize + (1 << 20), 2 * byteSize + (1 << 17), Long.MAX_VALUE}) {
                    MemorySegment longer = reinterpreted(block, more);
                    assertRefused(subject, longer, subject.allocator()::free, Reason.WRONG_SIZE);
                    assertRefused(subject, longer, one -> subject.allocator().resize(one, 8), Reason.WRONG_SIZE);
                    assertRefused(subject, longer, one -> subject.allocator().freeAll(List.of(one)), Reason.WRONG_SIZE);
                }
                subject.free(block);
            }
            assertThat(subject.stats().requestedBytes()).isZero();
        }
    }

    /**
     * By a few bytes, with a block behind it, so that the size ends in memory which is live. A strategy whose resizes
     * leave the block in its place has no free that would refuse it.
     */
    @Test
    default void rule04_mustRefuseASizeThatEndsBehindTheMemoryOfTheBlock() {
        assumeTrue(declaredLimits().sees(Reason.WRONG_SIZE), "limits() declares that WRONG_SIZE is not seen");
        try (AllocatorUnderTest subject = subject()) {
            Allocator allocator = subject.allocator();
            Optional<Owner> owner = allocator.as(Owner.class);
            assumeTrue(owner.isPresent(), "the allocator does not tell what a block takes");
            for (long byteSize : sizes()) {
                List<MemorySegment> blocks = subject.allocateMany(3, byteSize);
                MemorySegment block = blocks.get(1);
                long taken = owner.orElseThrow().allocatedSize(block);
                for (long more : new long[] {1, 8}) {
                    MemorySegment longer = reinterpreted(block, taken + more);
                    assertRefused(subject, longer, allocator::free, Reason.WRONG_SIZE);
                    assertRefused(subject, longer, one -> allocator.freeAll(List.of(one)), Reason.WRONG_SIZE);
                    for (long newSize : new long[] {byteSize, longer.byteSize(), Math.max(0, byteSize - 8)}) {
                        assertRefused(subject, longer, one -> allocator.resize(one, newSize), Reason.WRONG_SIZE);
                    }
                }
                subject.free(blocks);
            }
            assertThat(subject.stats().requestedBytes()).isZero();
        }
    }

    @SuppressWarnings("restricted") // SAFETY: nothing is read or written through it
    private static MemorySegment reinterpreted(MemorySegment block, long byteSize) {
        return block.reinterpret(byteSize);
    }

    @Test
    default void rule04_mustRefuseMemoryOfOthers() {
        assumeTrue(declaredLimits().sees(Reason.FOREIGN), "limits() declares that FOREIGN is not seen");
        try (AllocatorUnderTest subject = subject();
                AllocatorUnderTest other = subject();
                Arena arena = Arena.ofConfined()) {
            MemorySegment own = subject.allocate(64);
            MemorySegment others = other.allocate(64);
            List<MemorySegment> foreign = List.of(
                    others,
                    arena.allocate(64),
                    MemorySegment.NULL,
                    MemorySegment.ofArray(new byte[64]),
                    MemorySegment.ofAddress(-8),
                    MemorySegment.ofAddress(Long.MAX_VALUE));
            for (MemorySegment block : foreign) {
                assertRefused(subject, block, subject.allocator()::free, Reason.FOREIGN);
            }
            subject.free(own);
            other.free(others);
        }
    }

    private static void assertRefused(
            AllocatorUnderTest subject, MemorySegment block, Consumer<MemorySegment> operation, Reason... reasons) {
        AllocatorStats before = subject.stats();
        InvalidBlockException refusal = assertThatExceptionOfType(InvalidBlockException.class)
                .as("for %s", block)
                .isThrownBy(() -> operation.accept(block))
                .actual();
        assertThat(refusal.reason()).as(refusal.getMessage()).isIn((Object[]) reasons);
        assertThat(refusal.address()).isEqualTo(block.address());
        assertThat(refusal).hasMessageContaining(Long.toHexString(block.address()));
        if (refusal.reason() == Reason.FREED_TWICE && refusal.sizeClass() != InvalidBlockException.UNKNOWN_SIZE) {
            assertThat(refusal.sizeClass()).isGreaterThanOrEqualTo(block.byteSize());
        }
        AllocatorStats after = subject.stats();
        assertThat(after.invalidFrees()).as("invalid frees").isEqualTo(before.invalidFrees() + 1);
        assertThat(after.liveBlocks()).as("live blocks").isEqualTo(before.liveBlocks());
        assertThat(after.requestedBytes()).as("requested bytes").isEqualTo(before.requestedBytes());
        assertThat(after.allocatedBytes()).as("allocated bytes").isEqualTo(before.allocatedBytes());
    }
}
