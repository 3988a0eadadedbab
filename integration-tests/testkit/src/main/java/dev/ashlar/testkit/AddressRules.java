package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.InvalidBlockException.Reason;
import dev.ashlar.api.Owner;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Raw addresses: the same blocks by the same rules. Their contents are read through the source's chunks. */
interface AddressRules extends CapabilityRules {

    @Test
    default void rule01_mustServeAddressesOfBlocksThatKeepTheRules() {
        whereDeclared(AddressAllocator.class, (subject, addresses) -> {
            long largest = declaredLimits().largestBlock();
            for (long byteAlignment = 1; byteAlignment <= declaredLimits().largestAlignment(); byteAlignment *= 2) {
                for (long byteSize : new long[] {0, 1, 8, 9, 100, 1000, largest}) {
                    long address = allocateAddress(addresses, byteSize, byteAlignment);
                    assertThat(address).isNotEqualTo(AddressAllocator.NULL);
                    subject.recorder().handedOut(subject.memoryAt(address, byteSize), byteSize, byteAlignment);
                }
            }
            subject.recorder().checkContents();
            StatisticsRules.assertEqualWalk(subject);
            for (MemorySegment block : subject.recorder().blocks()) {
                freeAddress(subject, addresses, block);
            }
            StatisticsRules.assertEqualWalk(subject);
        });
    }

    /** Allocates in each of four ways in turn. */
    private static long allocateAddress(AddressAllocator addresses, long byteSize, long byteAlignment) {
        AllocationHints hints = AllocationHints.NONE.withAccess(AllocationHints.Access.FREQUENT);
        return switch (Long.numberOfTrailingZeros(byteAlignment) % 4) {
            case 0 -> addresses.allocateAddress(byteSize, byteAlignment);
            case 1 -> addresses.tryAllocateAddress(byteSize, byteAlignment);
            case 2 -> addresses.allocateAddress(byteSize, byteAlignment, hints);
            default -> addresses.tryAllocateAddress(byteSize, byteAlignment, hints);
        };
    }

    /** The result for a thread other than that of a confined view. */
    static void assertOtherThreadIsRefused(AddressAllocator addresses, MemorySegment block) {
        long address = block.address();
        long byteSize = block.byteSize();
        for (ThrowingCallable call : List.<ThrowingCallable>of(
                () -> addresses.allocateAddress(8, 8),
                () -> addresses.tryAllocateAddress(8, 8, AllocationHints.NONE),
                () -> addresses.freeAddress(address, byteSize),
                () -> addresses.resizeAddress(address, byteSize, 128, 8),
                () -> addresses.tryResizeAddress(address, byteSize, 128, 8),
                () -> addresses.allocateAddresses(8, 8, new long[2]),
                () -> addresses.tryAllocateAddresses(8, 8, new long[2]),
                () -> addresses.freeAddresses(new long[] {address}, byteSize))) {
            assertThatExceptionOfType(WrongThreadException.class).isThrownBy(call);
        }
    }

    private static void freeAddress(AllocatorUnderTest subject, AddressAllocator addresses, MemorySegment block) {
        subject.recorder().givenBack(block);
        addresses.freeAddress(block.address(), block.byteSize());
    }

    @Test
    default void rule04_mustMixAddressesWithSegments() {
        whereDeclared(AddressAllocator.class, (subject, addresses) -> {
            List<MemorySegment> bySegment = new ArrayList<>();
            List<MemorySegment> byAddress = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                long byteSize = i * 3L;
                bySegment.add(subject.allocate(byteSize, 8));
                long address = addresses.allocateAddress(byteSize, 8);
                byAddress.add(subject.recorder().handedOut(subject.memoryAt(address, byteSize), byteSize, 8));
            }
            bySegment.forEach(block -> freeAddress(subject, addresses, block));
            byAddress.forEach(subject::free);
            StatisticsRules.assertEqualWalk(subject);
            assertThat(subject.stats().liveBlocks()).isZero();
        });
    }

    @Test
    default void rule04_mustRefuseBadAddresses() {
        whereDeclared(AddressAllocator.class, (subject, addresses) -> {
            List<MemorySegment> blocks = subject.allocateMany(5, 64);
            MemorySegment freed = blocks.get(2);
            freeAddress(subject, addresses, freed);
            if (declaredLimits().sees(Reason.FREED_TWICE)) {
                assertRefused(addresses, freed.address(), Reason.FREED_TWICE, Reason.FOREIGN);
            }
            if (declaredLimits().sees(Reason.NO_BLOCK_START)) {
                assertRefused(addresses, blocks.get(0).address() + 8, Reason.NO_BLOCK_START);
            }
            if (declaredLimits().sees(Reason.FOREIGN)) {
                for (long address : new long[] {AddressAllocator.NULL, 8, -8, Long.MAX_VALUE, Long.MIN_VALUE}) {
                    assertRefused(addresses, address, Reason.FOREIGN);
                }
            }
            subject.checkCounts(4, 4 * 64);
            subject.freeEverything();
        });
    }

    private static void assertRefused(AddressAllocator addresses, long address, Reason... reasons) {
        InvalidBlockException refusal = assertThatExceptionOfType(InvalidBlockException.class)
                .as("free of 0x%x", address)
                .isThrownBy(() -> addresses.freeAddress(address, 64))
                .actual();
        assertThat(refusal.reason()).isIn((Object[]) reasons);
        assertThat(refusal.address()).isEqualTo(address);
    }

    @Test
    default void rule01_mustKeepContentsWhenItResizesAddresses() {
        whereDeclared(AddressAllocator.class, (subject, addresses) -> {
            long largest = declaredLimits().largestBlock();
            MemorySegment block = subject.allocate(10);
            MemorySegment neighbour = subject.allocate(10);
            for (long byteSize : new long[] {64, 65, 72, 64, 1, 0, 8, largest, largest / 2, 33}) {
                Pattern pattern = subject.recorder().givenBack(block);
                long address = byteSize % 2 == 0
                        ? addresses.resizeAddress(block.address(), block.byteSize(), byteSize, 16)
                        : addresses.tryResizeAddress(block.address(), block.byteSize(), byteSize, 16);
                MemorySegment resized = Objects.requireNonNull(addresses.blockAt(address, byteSize), "no block");
                subject.recorder().checkCopy(resized, pattern, Math.min(block.byteSize(), byteSize));
                block = subject.recorder().handedOut(resized, byteSize, 16);
            }
            subject.recorder().checkContents();
            subject.free(neighbour);
            subject.free(block);
            assertThat(subject.stats().liveBlocks()).isZero();
        });
    }

    @Test
    default void rule04_mustKnowLiveAddresses() {
        whereDeclared(AddressAllocator.class, (subject, addresses) -> {
            boolean knowsBlocks = declaredLimits().capabilities().contains(Owner.class);
            for (long byteSize : new long[] {0, 24, 1000, declaredLimits().largestBlock()}) {
                MemorySegment block = subject.allocate(byteSize, 8);
                long address = block.address();
                assertThat(addresses.isLive(address)).isTrue();
                MemorySegment found = Objects.requireNonNull(addresses.blockAt(address, byteSize), "no block");
                assertThat(found.address()).isEqualTo(address);
                assertThat(found.byteSize()).isEqualTo(byteSize);
                assertThat(addresses.blockAt(address, -1)).isNull();
                if (knowsBlocks) {
                    assertThat(addresses.blockAt(address, 4 * byteSize + (1 << 20)))
                            .isNull();
                    assertThat(addresses.blockAt(address + 4, 0)).isNull();
                    assertThat(addresses.isLive(address + 4)).isFalse();
                }
                subject.free(block);
                if (knowsBlocks) {
                    assertThat(addresses.isLive(address)).isFalse();
                    assertThat(addresses.blockAt(address, byteSize)).isNull();
                }
            }
            for (long address : new long[] {AddressAllocator.NULL, 8, -8, Long.MAX_VALUE, Long.MIN_VALUE}) {
                assertThat(addresses.isLive(address)).isFalse();
                assertThat(addresses.blockAt(address, 8)).isNull();
            }
            assertThat(subject.stats().invalidFrees()).isZero();
            if (declaredLimits().hasOwnMemory()) { // others' figures change by themselves
                assertThat(addresses.allocator().stats()).isEqualTo(subject.stats());
            }
        });
    }

    @Test
    default void rule04_mustRefuseToResizeABadAddress() {
        whereDeclared(AddressAllocator.class, (subject, addresses) -> {
            MemorySegment block = subject.allocate(64);
            MemorySegment freed = subject.allocate(64);
            subject.free(freed);
            List<Long> bad = new ArrayList<>();
            if (declaredLimits().sees(Reason.FREED_TWICE)) {
                bad.add(freed.address());
            }
            if (declaredLimits().sees(Reason.NO_BLOCK_START)) {
                bad.add(block.address() + 8);
            }
            if (declaredLimits().sees(Reason.FOREIGN)) {
                bad.add(AddressAllocator.NULL);
            }
            for (long address : bad) {
                assertThatExceptionOfType(InvalidBlockException.class)
                        .isThrownBy(() -> addresses.resizeAddress(address, 64, 80, 8));
                assertThatExceptionOfType(InvalidBlockException.class)
                        .isThrownBy(() -> addresses.tryResizeAddress(address, 64, 80, 8));
                assertThatExceptionOfType(InvalidBlockException.class)
                        .isThrownBy(() -> addresses.freeAddresses(new long[] {block.address(), address}, 64));
            }
            subject.checkCounts(1, 64);
            assertThat(subject.stats().invalidFrees()).isEqualTo(3L * bad.size());
            subject.free(block);
        });
    }

    @Test
    default void rule07_mustServeAndFreeABatchOfAddresses() {
        whereDeclared(AddressAllocator.class, (subject, addresses) -> {
            for (long byteSize : new long[] {0, 8, 100, declaredLimits().largestBlock()}) {
                long[] batch = new long[33];
                addresses.allocateAddresses(byteSize, 16, batch);
                for (long address : batch) {
                    subject.recorder().handedOut(subject.memoryAt(address, byteSize), byteSize, 16);
                }
                subject.recorder().checkContents();
                subject.checkCounts(33, 33 * byteSize);
                subject.recorder().blocks().forEach(subject.recorder()::givenBack);
                addresses.freeAddresses(batch, byteSize);
                assertThat(subject.stats().liveBlocks()).isZero();
            }
            assertThat(addresses.tryAllocateAddresses(8, 8, new long[0])).isTrue();
            addresses.freeAddresses(new long[0], 8);
        });
    }

    @Test
    @OwnMemory
    default void rule07_mustServeNoneOfABatchOfAddressesThatPassesTheLimit() {
        whereDeclared(AddressAllocator.class, tightSubject(), (subject, addresses) -> {
            long byteSize =
                    Math.min(declaredLimits().largestBlock(), declaredLimits().tightLimitBytes() / 50);
            long[] batch = new long[(int) (declaredLimits().tightLimitBytes() / byteSize) + 1];
            assertThat(addresses.tryAllocateAddresses(byteSize, 8, batch)).isFalse();
            assertThat(batch).containsOnly(AddressAllocator.NULL);
            assertThatExceptionOfType(AllocationException.class)
                    .isThrownBy(() -> addresses.allocateAddresses(byteSize, 8, batch))
                    .satisfies(e -> assertThat(e.refusal().requestedBytes()).isEqualTo(byteSize * batch.length));
            assertThat(subject.stats().liveBlocks()).isZero();
            assertThat(subject.stats().refused()).isEqualTo(2);
            assertThat(subject.source().takes()).as("chunks taken").isZero();
        });
    }

    @Test
    default void rule07_mustFreeNoneOfABatchOfAddressesWithABadOne() {
        whereDeclared(AddressAllocator.class, (subject, addresses) -> {
            assumeTrue(declaredLimits().sees(Reason.FREED_TWICE), "limits() declares that FREED_TWICE is not seen");
            long[] batch = new long[4];
            addresses.allocateAddresses(64, 8, batch);
            long[] twice = {batch[0], batch[1], batch[0]};
            assertThatExceptionOfType(InvalidBlockException.class).isThrownBy(() -> addresses.freeAddresses(twice, 64));
            addresses.freeAddress(batch[3], 64);
            assertThatExceptionOfType(InvalidBlockException.class).isThrownBy(() -> addresses.freeAddresses(batch, 64));
            assertThat(subject.stats().liveBlocks()).isEqualTo(3);
            addresses.freeAddresses(new long[] {batch[2], batch[0], batch[1]}, 64);
            assertThat(subject.stats().liveBlocks()).isZero();
        });
    }

    @Test
    @OwnMemory
    default void rule06_mustKeepABlockWhoseResizeByAddressIsRefused() {
        whereDeclared(AddressAllocator.class, (subject, addresses) -> {
            MemorySegment block = subject.allocate(8);
            subject.allocate(8); // the last block of an arena may grow where it is
            subject.source().runDry();
            long largest = declaredLimits().largestBlock();
            subject.fill(largest);
            subject.fill(64); // nor is there room behind it
            assertThat(addresses.tryResizeAddress(block.address(), 8, largest, 8))
                    .isEqualTo(AddressAllocator.NULL);
            assertThatExceptionOfType(AllocationException.class)
                    .isThrownBy(() -> addresses.resizeAddress(block.address(), 8, largest, 8));
            subject.source().recover();
            subject.recorder().checkContents();
            subject.freeEverything();
        });
    }

    @Test
    default void rule02_mustRefuseBadArgumentsForAddresses() {
        whereDeclared(AddressAllocator.class, (subject, addresses) -> {
            for (long[] request : new long[][] {{-1, 8}, {Long.MIN_VALUE, 8}, {8, 0}, {8, 3}, {8, -8}}) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> addresses.allocateAddress(request[0], request[1]));
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> addresses.tryAllocateAddress(request[0], request[1]));
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> addresses.tryAllocateAddresses(request[0], request[1], new long[1]));
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> addresses.tryResizeAddress(8, 8, request[0], request[1]))
                        .isNotInstanceOf(InvalidBlockException.class);
            }
            assertThat(subject.stats().allocations()).isZero();
            for (long byteSize : new long[] {64, declaredLimits().largestBlock()}) {
                MemorySegment block = subject.allocate(byteSize);
                for (long negative : new long[] {-1, -5, Long.MIN_VALUE}) {
                    assertThatIllegalArgumentException()
                            .isThrownBy(() -> addresses.freeAddress(block.address(), negative))
                            .withMessageContaining(Long.toString(negative))
                            .isNotInstanceOf(InvalidBlockException.class);
                }
                subject.checkCounts(1, byteSize);
                subject.free(block);
            }
        });
    }

    @Test
    @OwnMemory
    default void rule06_mustRefuseAddressesWhenTheSourceIsDry() {
        whereDeclared(AddressAllocator.class, (subject, addresses) -> {
            subject.source().runDry();
            long byteSize = declaredLimits().largestBlock();
            assertThat(addresses.tryAllocateAddress(byteSize, 8)).isEqualTo(AddressAllocator.NULL);
            assertThatExceptionOfType(AllocationException.class)
                    .isThrownBy(() -> addresses.allocateAddress(byteSize, 8));
            assertThat(subject.stats().refused()).isEqualTo(2);
            subject.source().recover();
            addresses.freeAddress(addresses.allocateAddress(byteSize, 8), byteSize);
            StatisticsRules.assertEqualWalk(subject);
        });
    }

    @Test
    default void rule09_mustRefuseAddressesAfterClose() {
        whereDeclared(AddressAllocator.class, (subject, addresses) -> {
            long address = addresses.allocateAddress(8, 8);
            subject.allocator().close();
            assertThatIllegalStateException().isThrownBy(() -> addresses.allocateAddress(8, 8));
            assertThatIllegalStateException().isThrownBy(() -> addresses.tryAllocateAddress(8, 8));
            assertThatIllegalStateException()
                    .isThrownBy(() -> addresses.tryAllocateAddress(8, 8, AllocationHints.NONE));
            assertThatIllegalStateException().isThrownBy(() -> addresses.tryAllocateAddresses(8, 8, new long[0]));
            assertThatIllegalStateException().isThrownBy(() -> addresses.tryResizeAddress(address, 8, 16, 8));
            if (subject.takesFreesWhenClosed()) {
                addresses.freeAddress(address, 8);
            } else {
                assertThatIllegalStateException().isThrownBy(() -> addresses.freeAddress(address, 8));
                assertThatIllegalStateException().isThrownBy(() -> addresses.freeAddresses(new long[] {address}, 8));
                assertThatIllegalStateException().isThrownBy(() -> addresses.freeAddresses(new long[0], 8));
            }
        });
    }
}
