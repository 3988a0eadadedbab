package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Refusal;
import dev.ashlar.api.Refusal.Reason;
import dev.ashlar.testkit.ContractLimits.Beyond;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** The {@code try} forms return null if the others throw, and a refusal can be read without an exception. */
@OwnMemory
interface RefusalRules extends AllocatorUnderTestFactory {

    @Test
    default void rule06_mustTellWhyItRefusesWithoutAChange() {
        try (AllocatorUnderTest subject = tightSubject()) {
            long byteSize =
                    Math.min(declaredLimits().largestBlock(), declaredLimits().tightLimitBytes() / 200);
            subject.fill(byteSize);
            Allocator allocator = subject.allocator();
            assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> allocator.allocate(byteSize, 1));
            Refusal told = toldWithoutAChange(subject, () -> allocator.refusal(byteSize, 1));
            assertThat(told.reason()).isEqualTo(Reason.LIMIT);
            assertThat(told.requestedBytes()).isEqualTo(byteSize);
            assertThat(told.limitBytes()).isEqualTo(declaredLimits().tightLimitBytes());
            assertThat(told.usedBytes()).isBetween(1L, told.limitBytes());
            assertThrown(told, () -> allocator.allocate(byteSize, 1));
            subject.freeEverything();
        }
    }

    @Test
    default void rule06_mustTellThatTheSourceIsDry() {
        try (AllocatorUnderTest subject = subject()) {
            subject.source().runDry();
            long byteSize = declaredLimits().largestBlock();
            Allocator allocator = subject.allocator();
            assertThat(allocator.tryAllocate(byteSize, 8)).isNull();
            Refusal told = toldWithoutAChange(subject, () -> allocator.refusal(byteSize, 8));
            assertThat(told.reason()).isEqualTo(Reason.SOURCE);
            assertThrown(told, () -> allocator.allocate(byteSize, 8));
            subject.source().recover();
        }
    }

    @Test
    default void rule06_mustTellWhatItNeverServes() {
        assumeTrue(declaredLimits().beyond() == Beyond.REFUSED, "limits() declares that larger blocks are served");
        try (AllocatorUnderTest subject = subject()) {
            long tooLarge = declaredLimits().largestBlock() + 1;
            Allocator allocator = subject.allocator();
            Refusal told = toldWithoutAChange(subject, () -> allocator.refusal(tooLarge, 1));
            assertThat(told.reason()).isEqualTo(Reason.TOO_LARGE);
            assertThat(told.requestedBytes()).isEqualTo(tooLarge);
            assertThrown(told, () -> allocator.allocate(tooLarge, 1));
            long[] byteSizes = {8, tooLarge, 8};
            Refusal ofBatch = toldWithoutAChange(subject, () -> allocator.refusal(byteSizes, 1));
            assertThat(ofBatch.reason()).isEqualTo(Reason.TOO_LARGE);
            assertThat(ofBatch.requestedBytes()).isEqualTo(tooLarge);
            assertThrown(ofBatch, () -> allocator.allocateAll(byteSizes, 1));
        }
    }

    @Test
    default void rule06_mustSayByNullThatAResizeIsRefused() {
        try (AllocatorUnderTest subject = tightSubject()) {
            long largest = declaredLimits().largestBlock();
            MemorySegment block = subject.allocate(40);
            subject.fill(largest);
            subject.fill(Math.min(largest, declaredLimits().tightLimitBytes() / 200));
            subject.fill(64); // what is left must not happen to be the difference
            AllocatorStats before = subject.stats();
            assertThat(subject.tryResize(block, largest, 8)).isNull();
            assertThat(subject.stats().refused()).isEqualTo(before.refused() + 1);
            assertThat(subject.stats().liveBlocks()).isEqualTo(before.liveBlocks());
            Refusal told = toldWithoutAChange(subject, () -> subject.allocator().refusal(block, largest, 8));
            assertThat(told.reason()).isEqualTo(Reason.LIMIT);
            assertThrown(told, () -> subject.allocator().resize(block, largest, 8));
            subject.recorder().checkContents();
            subject.freeEverything();
        }
    }

    @Test
    default void rule07_mustTellTheTotalOfABatchThatIsRefused() {
        long limit = declaredLimits().tightLimitBytes();
        long byteSize = Math.min(declaredLimits().largestBlock(), limit / 50);
        int tooMany = (int) (limit / byteSize) + 1;
        long[] byteSizes = new long[tooMany];
        Arrays.fill(byteSizes, byteSize);
        try (AllocatorUnderTest subject = tightSubject()) {
            Allocator allocator = subject.allocator();
            assertThat(allocator.tryAllocateAll(byteSize, 8, tooMany)).isNull();
            assertThat(allocator.tryAllocateAll(byteSizes, 8)).isNull();
            assertThat(subject.stats().refused()).isEqualTo(2);
            assertThat(subject.stats().liveBlocks()).isZero();
            for (Refusal told : new Refusal[] {
                toldWithoutAChange(subject, () -> allocator.refusal(byteSize, 8, tooMany)),
                toldWithoutAChange(subject, () -> allocator.refusal(byteSizes, 8))
            }) {
                assertThat(told.reason()).isEqualTo(Reason.LIMIT);
                assertThat(told.requestedBytes()).isEqualTo(byteSize * tooMany);
                assertThat(told.limitBytes()).isEqualTo(limit);
                assertThrown(told, () -> allocator.allocateAll(byteSize, 8, tooMany));
                assertThrown(told, () -> allocator.allocateAll(byteSizes, 8));
            }
        }
    }

    /** Reads a refusal and checks that figures and source do not change. */
    private static Refusal toldWithoutAChange(AllocatorUnderTest subject, Supplier<Refusal> question) {
        AllocatorStats before = subject.stats();
        long takes = subject.source().takes();
        Refusal told = question.get();
        assertThat(subject.stats()).as("figures after the call").isEqualTo(before);
        assertThat(subject.source().takes()).as("takes for the call").isEqualTo(takes);
        assertThat(told.message()).isNotBlank();
        return told;
    }

    private static void assertThrown(Refusal told, ThrowingCallable request) {
        assertThatExceptionOfType(AllocationException.class).isThrownBy(request).satisfies(thrown -> {
            assertThat(thrown.refusal().reason()).isEqualTo(told.reason());
            assertThat(thrown.refusal().name()).isEqualTo(told.name());
            assertThat(thrown.refusal().requestedBytes()).isEqualTo(told.requestedBytes());
            assertThat(thrown.refusal().limitBytes()).isEqualTo(told.limitBytes());
            assertThat(thrown).hasMessage(thrown.refusal().message());
        });
    }
}
