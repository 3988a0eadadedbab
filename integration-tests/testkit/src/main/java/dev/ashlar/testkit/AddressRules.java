package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.InvalidBlockException.Reason;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Raw addresses: the same blocks by the same rules. Only their contents are seen through the source's chunks. */
interface AddressRules extends CapabilityRules {

    @Test
    default void rule01_mustServeAddressesOfBlocksThatKeepTheRules() {
        whereDeclared(AddressAllocator.class, (subject, addresses) -> {
            long largest = declaredLimits().largestBlock();
            for (long byteAlignment = 1; byteAlignment <= declaredLimits().largestAlignment(); byteAlignment *= 2) {
                for (long byteSize : new long[] {0, 1, 8, 9, 100, 1000, largest}) {
                    long address = byteAlignment % 3 == 1
                            ? addresses.allocateAddress(byteSize, byteAlignment)
                            : addresses.tryAllocateAddress(byteSize, byteAlignment);
                    assertThat(address).isNotEqualTo(AddressAllocator.NULL);
                    subject.recorder().handedOut(subject.source().memoryAt(address, byteSize), byteSize, byteAlignment);
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
                byAddress.add(subject.recorder().handedOut(subject.source().memoryAt(address, byteSize), byteSize, 8));
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
            assertThat(subject.stats().liveBlocks()).isEqualTo(4);
            assertThat(subject.stats().requestedBytes()).isEqualTo(4 * 64);
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
    default void rule02_mustRefuseBadArgumentsForAddresses() {
        whereDeclared(AddressAllocator.class, (subject, addresses) -> {
            for (long[] request : new long[][] {{-1, 8}, {Long.MIN_VALUE, 8}, {8, 0}, {8, 3}, {8, -8}}) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> addresses.allocateAddress(request[0], request[1]));
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> addresses.tryAllocateAddress(request[0], request[1]));
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
                assertThat(subject.stats().requestedBytes()).isEqualTo(byteSize);
                subject.free(block);
            }
        });
    }

    @Test
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
            if (subject.takesFreesWhenClosed()) {
                addresses.freeAddress(address, 8);
            } else {
                assertThatIllegalStateException().isThrownBy(() -> addresses.freeAddress(address, 8));
            }
        });
    }
}
