package dev.ashlar.api.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.CapableAllocator;
import dev.ashlar.api.CheckingAllocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.InvalidBlockException.Reason;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Resettable;
import dev.ashlar.api.Retention;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LimitedAllocatorTest {

    private final CapableAllocator upstream = new CapableAllocator(10_000);
    private final Allocator limited = Allocators.limited(upstream, 1000);

    @AfterEach
    void close() {
        ((LimitedAllocator) limited).ledger.checkInvariants();
        upstream.close();
    }

    private static long used(Allocator allocator) {
        return allocator.as(Limit.class).orElseThrow().usedBytes();
    }

    @ParameterizedTest
    @EnumSource
    void mustServeUpToTheLimitAndNotAskUpstreamForMore(Request request) {
        request.serve(limited, 990, 8);
        MemorySegment last = request.serve(limited, 10, 8);
        assertThat(used(limited)).isEqualTo(1000);
        assertRefused(request, limited, 1);
        assertThat(upstream.stats().refused()).isZero();
        assertThat(upstream.stats().allocations()).isEqualTo(2);
        request.free(limited, last);
        assertThat(request.serve(limited, 1, 8)).isNotNull();
        assertThat(used(limited)).isEqualTo(991);
    }

    private static void assertRefused(Request request, Allocator allocator, long byteSize) {
        if (request.tries()) {
            assertThat(request.serve(allocator, byteSize, 8)).isNull();
        } else {
            assertThatExceptionOfType(AllocationException.class)
                    .isThrownBy(() -> request.serve(allocator, byteSize, 8));
        }
    }

    @ParameterizedTest
    @EnumSource
    void mustReleaseWhatUpstreamRefuses(Request request) {
        Allocator generous = Allocators.limited(upstream, 1_000_000);
        assertRefused(request, generous, 10_001);
        assertThat(used(generous)).isZero();
        assertThat(generous.stats().refused()).isEqualTo(1);
        assertThat(request.serve(generous, 10_000, 8)).isNotNull();
    }

    @ParameterizedTest
    @EnumSource
    void mustReleaseWhatUpstreamFailsToServe(Request request) {
        Allocator failing = Allocators.limited(
                new CapableAllocator(1000) {
                    @Override
                    public synchronized MemorySegment tryAllocate(long byteSize, long byteAlignment) {
                        throw new OutOfMemoryError("heap");
                    }
                },
                1000);
        assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(() -> request.serve(failing, 100, 8));
        assertThat(used(failing)).isZero();
        assertThat(failing.stats().allocations()).isZero();
        assertThat(failing.stats().refused()).isEqualTo(1);
    }

    @Test
    void mustCountAResizeOfWhatIsNoBlockAsAnInvalidFree() {
        MemorySegment freed = limited.allocate(100);
        limited.free(freed);
        assertReason(Reason.FREED_TWICE, () -> limited.resize(freed, 200));
        assertThat(used(limited)).isZero();
        assertThat(limited.stats().invalidFrees()).isEqualTo(1);
        assertThat(limited.stats().refused()).isZero();
    }

    @Test
    void mustTrimUpstreamAndBeClosedWithIt() {
        upstream.retain(500);
        assertThat(limited.trim()).isEqualTo(500);
        assertThat(limited.isClosed()).isFalse();
        upstream.close();
        assertThat(limited.isClosed()).isTrue();
    }

    @Test
    void mustBeClosedWithoutUpstream() {
        limited.close();
        assertThat(limited.isClosed()).isTrue();
        assertThat(upstream.isClosed()).isFalse();
        assertThatIllegalStateException().isThrownBy(limited::trim);
    }

    @Test
    void mustTellRequestUseAndLimit() {
        limited.allocate(800);
        AllocationException e = assertThatExceptionOfType(AllocationException.class)
                .isThrownBy(() -> limited.allocate(201))
                .actual();
        assertThat(List.of(
                        e.refusal().requestedBytes(),
                        e.refusal().usedBytes(),
                        e.refusal().limitBytes()))
                .containsExactly(201L, 800L, 1000L);
    }

    @Test
    void mustServeBlocksOfNoBytesWhenNothingIsLeft() {
        Allocator nothing = Allocators.limited(upstream, 0);
        MemorySegment block = nothing.allocate(0);
        assertThat(nothing.tryAllocate(1, 1)).isNull();
        assertThat(nothing.stats().liveBlocks()).isEqualTo(1);
        nothing.free(block);
        assertThat(nothing.stats().liveBlocks()).isZero();
    }

    @Test
    void mustHaveNoLimitBeyondALong() {
        Allocator unlimited = Allocators.limited(upstream, Long.MAX_VALUE);
        unlimited.allocate(10);
        assertThat(unlimited.tryAllocate(Long.MAX_VALUE, 1)).isNull();
        assertThat(used(unlimited)).isEqualTo(10);
        assertThat(upstream.stats().refused()).as("asked upstream").isZero();
    }

    @Test
    void mustRefuseANegativeLimitAndNoUpstream() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Allocators.limited(upstream, -1))
                .withMessage("limitBytes is -1, must be 0 or more");
        assertThatNullPointerException()
                .isThrownBy(() -> Allocators.limited(null, 1))
                .withMessage("upstream");
    }

    @Test
    void mustCountInEveryAncestor() {
        Allocator child = Allocators.limited(limited, 600);
        Allocator grandchild = Allocators.limited(child, 300);
        MemorySegment block = grandchild.allocate(200);
        child.allocate(100);
        assertThat(List.of(used(grandchild), used(child), used(limited))).containsExactly(200L, 300L, 300L);
        assertThat(grandchild.as(Limit.class).orElseThrow().limitBytes()).isEqualTo(300);
        grandchild.free(block);
        assertThat(List.of(used(grandchild), used(child), used(limited))).containsExactly(0L, 100L, 100L);
    }

    @Test
    void mustBeRefusedByTheTightestAncestorAndChangeNone() {
        Allocator child = Allocators.limited(limited, 5000);
        Allocator grandchild = Allocators.limited(child, 4000);
        limited.allocate(950);
        AllocationException e = assertThatExceptionOfType(AllocationException.class)
                .isThrownBy(() -> grandchild.allocate(51))
                .actual();
        assertThat(e.refusal().limitBytes()).isEqualTo(1000);
        assertThat(grandchild.tryAllocate(51, 1)).isNull();
        assertThat(List.of(used(grandchild), used(child), used(limited))).containsExactly(0L, 0L, 950L);
        assertThat(grandchild.tryAllocate(50, 1)).isNotNull();
    }

    /**
     * If bytes were reserved here for a request that the parent limit refuses, another request that fits could be
     * refused meanwhile.
     */
    @Test
    void mustNotReserveWhatALimitAboveHasNoRoomFor() throws Exception {
        Allocator child = Allocators.limited(limited, 600);
        limited.allocate(500);
        AtomicBoolean done = new AtomicBoolean();
        try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
            Future<Integer> hopeless = executor.submit(() -> {
                int served = 0;
                while (!done.get()) {
                    served += child.tryAllocate(550, 1) == null ? 0 : 1;
                }
                return served;
            });
            try {
                for (int i = 0; i < 3_000; i++) {
                    MemorySegment block = child.tryAllocate(400, 1);
                    assertThat(block)
                            .as("block %d of 400 bytes, for which there is room", i)
                            .isNotNull();
                    child.free(block);
                }
            } finally {
                done.set(true);
            }
            assertThat(hopeless.get()).isZero();
        }
        long before = child.stats().refused();
        long above = limited.stats().refused();
        assertThatExceptionOfType(AllocationException.class)
                .isThrownBy(() -> child.allocate(550))
                .satisfies(e -> assertThat(e.refusal().limitBytes()).isEqualTo(1000));
        assertThat(child.stats().refused()).isEqualTo(before + 1);
        assertThat(limited.stats().refused()).isEqualTo(above + 1);
    }

    @Test
    void mustRefuseHintsThatAreMissing() {
        assertThatNullPointerException()
                .isThrownBy(() -> limited.allocate(8, 8, null))
                .withMessage("hints");
        assertThatNullPointerException()
                .isThrownBy(() -> upstream.allocate(8, 8, null))
                .withMessage("hints");
        assertThat(used(limited)).isZero();
    }

    @Test
    void mustCheckABatchOnceAndAsAWhole() {
        assertThatExceptionOfType(AllocationException.class)
                .isThrownBy(() -> limited.allocateAll(101, 8, 10))
                .satisfies(e -> assertThat(e.refusal().requestedBytes()).isEqualTo(1010));
        assertThatExceptionOfType(AllocationException.class)
                .isThrownBy(() -> limited.allocateAll(new long[] {1000, 1}, 8))
                .satisfies(e -> assertThat(e.refusal().requestedBytes()).isEqualTo(1001));
        assertThat(upstream.stats().allocations()).isZero();
        assertThat(limited.stats().refused()).isEqualTo(2);
        limited.freeAll(limited.allocateAll(100, 8, 10));
        assertThat(limited.stats().allocations()).isEqualTo(10);
        assertThat(used(limited)).isZero();
    }

    @Test
    void mustNotBePassedByABatchTooLargeToCount() {
        assertRefusesBatch(() -> limited.allocateAll(Long.MAX_VALUE / 2, 8, 3));
        assertRefusesBatch(() -> limited.allocateAll(new long[] {Long.MAX_VALUE, Long.MAX_VALUE, 2}, 8));
    }

    private void assertRefusesBatch(ThrowingCallable batch) {
        assertThatExceptionOfType(AllocationException.class).isThrownBy(batch);
        assertThat(used(limited)).isZero();
        assertThat(upstream.stats().refused()).isZero();
    }

    @Test
    void mustChargeAResizeTheDifference() {
        MemorySegment block = limited.allocate(600);
        block = limited.resize(block, 1000);
        assertThat(used(limited)).isEqualTo(1000);
        block = limited.resize(block, 100);
        assertThat(used(limited)).isEqualTo(100);
        assertThat(limited.stats().allocations()).isEqualTo(3);
        assertThat(limited.stats().frees()).isEqualTo(2);
        limited.free(block);
        assertThat(used(limited)).isZero();
    }

    @Test
    void mustRefuseToGrowABlockBeyondTheLimit() {
        MemorySegment block = limited.allocate(600);
        assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> limited.resize(block, 1001));
        assertThat(upstream.isLive(block)).isTrue();
        assertThat(used(limited)).isEqualTo(600);
        assertThat(limited.stats().refused()).isEqualTo(1);
    }

    @Test
    void mustReleaseTheDifferenceWhenUpstreamRefusesToResize() {
        upstream.allocate(9000);
        MemorySegment block = limited.allocate(600);
        assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> limited.resize(block, 700));
        assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> limited.resize(block, 500));
        assertThat(used(limited)).isEqualTo(600);
        assertThat(limited.stats().refused()).isEqualTo(2);
    }

    @Test
    void mustCountAResizeInPlaceAsNeitherAllocationNorFree() {
        Allocator inPlace = Allocators.limited(
                new CheckingAllocator(1000) {
                    @Override
                    public MemorySegment tryResize(MemorySegment block, long byteSize, long byteAlignment) {
                        return block.asSlice(0, byteSize);
                    }
                },
                1000);
        inPlace.resize(inPlace.allocate(100), 40);
        assertThat(inPlace.stats().allocations()).isEqualTo(1);
        assertThat(inPlace.stats().liveBlocks()).isEqualTo(1);
        assertThat(used(inPlace)).isEqualTo(40);
    }

    @Test
    void mustReleaseNothingForABlockThatIsNotTaken() {
        MemorySegment block = limited.allocate(300);
        MemorySegment freed = limited.allocate(200);
        limited.free(freed);
        assertReason(Reason.FREED_TWICE, () -> limited.free(freed));
        assertReason(Reason.FREED_TWICE, () -> limited.freeAll(List.of(block, freed)));
        assertReason(Reason.FREED_TWICE, () -> limited.freeAll(List.of(block, block)));
        assertThat(used(limited)).isEqualTo(300);
        assertThat(limited.stats().invalidFrees()).isEqualTo(3);
        limited.free(block);
        assertReason(Reason.FREED_TWICE, () -> limited.free(block));
        assertReason(Reason.FREED_TWICE, () -> limited.resize(block, 10));
        assertThat(used(limited)).isZero();
    }

    @Test
    void mustRefuseASiblingsBlockThatIsLargerThanAllItHas() {
        Allocator sibling = Allocators.limited(upstream, 1000);
        MemorySegment block = sibling.allocate(300);
        limited.allocate(299);
        assertReason(Reason.FOREIGN, () -> limited.free(block));
        assertReason(Reason.FOREIGN, () -> limited.resize(block, 400));
        assertReason(Reason.FOREIGN, () -> limited.freeAll(List.of(sibling.allocate(100), block)));
        assertReason(Reason.FOREIGN, () -> Request.addresses(limited).freeAddress(block.address(), 300));
        assertThat(limited.stats().invalidFrees()).isEqualTo(4);
        assertThat(List.of(used(limited), used(sibling))).containsExactly(299L, 400L);
        sibling.free(block);
    }

    @Test
    void mustNotMakeRoomOfABlockThatItNeverCharged() {
        CheckingAllocator blind = new CheckingAllocator(1000) {
            @Override
            public <T> Optional<T> as(Class<T> capability) {
                return capability == Owner.class ? Optional.empty() : super.as(capability);
            }
        };
        Allocator wrong = Allocators.limited(blind, 500);
        wrong.free(blind.allocate(300));
        assertThat(used(wrong)).isZero();
        assertThat(wrong.tryAllocate(501, 1)).isNull();
    }

    @Test
    void mustChargeRawAddresses() {
        AddressAllocator addresses = Request.addresses(limited);
        long address = addresses.allocateAddress(700, 64);
        assertThat(address % 64).isZero();
        assertThat(used(limited)).isEqualTo(700);
        assertThat(addresses.tryAllocateAddress(301, 8)).isEqualTo(AddressAllocator.NULL);
        limited.free(MemorySegment.ofAddress(addresses.allocateAddress(0, 1)));
        addresses.freeAddress(address, 700);
        assertReason(Reason.FREED_TWICE, () -> addresses.freeAddress(address, 700));
        assertThat(used(limited)).isZero();
        assertThat(limited.stats().liveBlocks()).isZero();
        assertThat(limited.stats().invalidFrees()).isEqualTo(1);
    }

    @Test
    void mustChargeConfinedViews() {
        Confinable confinable = limited.as(Confinable.class).orElseThrow();
        Allocator view = confinable.confined();
        MemorySegment block = view.allocate(700);
        assertThat(used(limited)).isEqualTo(700);
        assertThat(view.tryAllocate(301, 8)).isNull();
        assertThat(Request.addresses(view).tryAllocateAddress(301, 8)).isEqualTo(AddressAllocator.NULL);
        limited.free(block);
        assertThat(upstream.openViews()).isEqualTo(1);
        view.close();
        assertThat(upstream.openViews()).isZero();
        assertThat(used(limited)).isZero();
    }

    @Test
    void mustAnswerWithUpstreamsCapabilitiesWhereTheyHandNothingOut() {
        assertThat(limited.as(Owner.class)).containsSame(upstream);
        assertThat(limited.as(Inspectable.class)).isPresent();
        Retention retention = limited.as(Retention.class).orElseThrow();
        retention.retain(123);
        assertThat(retention.retainedBytes()).isEqualTo(123).isEqualTo(upstream.retainedBytes());
        limited.close();
        assertThatIllegalStateException().isThrownBy(() -> retention.retain(5));
        assertThat(retention.retainedBytes()).isEqualTo(123);
        assertThat(limited.as(Resettable.class)).isEmpty();
        assertThat(limited.as(CapableAllocator.class)).isEmpty();
    }

    @Test
    void mustOfferNothingThatUpstreamHasNot() {
        Allocator plain = Allocators.limited(new CheckingAllocator(1000), 1000);
        assertThat(plain.as(AddressAllocator.class)).isEmpty();
        assertThat(plain.as(Confinable.class)).isEmpty();
        assertThat(plain.as(Inspectable.class)).isEmpty();
        assertThat(plain.as(Retention.class)).isEmpty();
        assertThat(plain.as(Owner.class)).isPresent();
        assertThat(plain.as(Limit.class)).isPresent();
    }

    @Test
    void mustTellItsOwnBlocksAndUpstreamsMemory() {
        upstream.allocate(5000);
        MemorySegment block = limited.allocate(100);
        limited.free(limited.allocate(20));
        AllocatorStats stats = limited.stats();
        assertThat(stats.requestedBytes()).isEqualTo(100);
        assertThat(stats.allocatedBytes()).isEqualTo(5100);
        assertThat(stats.liveBlocks()).isEqualTo(1);
        assertThat(stats.allocations()).isEqualTo(2);
        assertThat(stats.committedBytes()).isEqualTo(5100);
        assertThat(stats.misses()).isEqualTo(2); // upstream had 3
        assertThat(stats.upstreamCalls()).isEqualTo(upstream.stats().upstreamCalls());
        limited.free(block);
    }

    private static void assertReason(Reason reason, ThrowingCallable operation) {
        assertThatExceptionOfType(InvalidBlockException.class)
                .isThrownBy(operation)
                .satisfies(e -> assertThat(e.reason()).isEqualTo(reason));
    }
}
