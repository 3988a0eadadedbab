package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Limit;
import dev.ashlar.testkit.TestThread.Kind;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Named limits: that of an allocator, which is a capability, and the budget that it shares with others (rule 6).
 */
@OwnMemory
interface LimitRules extends CapabilityRules {

    @Test
    default void limit_mustTellLimitAndUse() {
        long limit = declaredLimits().tightLimitBytes();
        whereDeclared(Limit.class, tightSubject(), (subject, own) -> {
            assertThat(own.limitBytes()).isEqualTo(limit);
            assertThat(own.usedBytes()).as("use of no block").isZero();
            subject.allocate(1000);
            assertThat(own.usedBytes()).as("use of a block").isBetween(1000L, limit);
            subject.fill(declaredLimits().largestBlock());
            assertThat(own.usedBytes()).as("use when it is full").isBetween(limit / 2, limit);
            subject.freeEverything();
            subject.allocator().trim();
            assertThat(own.usedBytes()).as("use after everything was freed").isZero();
        });
    }

    @Test
    default void limit_mustNotPassTheLimitWhileThreadsFillIt() {
        long limit = declaredLimits().tightLimitBytes();
        whereDeclared(Limit.class, tightSubject(), (subject, own) -> {
            assumeFalse(
                    subject.isConfined(),
                    "limits() declares one thread; the rules of threads test that others are refused");
            TestThread.together(Kind.PLATFORM, 3, number -> {
                for (int i = 0; i < 10; i++) {
                    subject.free(subject.fill(declaredLimits().largestBlock()));
                    assertThat(own.usedBytes()).isBetween(0L, limit);
                }
            });
            subject.allocator().trim();
            assertThat(own.usedBytes()).as("use after everything was freed").isZero();
        });
    }

    @Test
    default void limit_mustAskItsListenersBeforeARequestIsRefused() {
        for (long byteSize : new long[] {1000, declaredLimits().largestBlock()}) {
            whereDeclared(Limit.class, tightSubject(), (subject, own) -> {
                subject.fill(byteSize);
                List<Thread> asked = new ArrayList<>();
                own.onRefusal((limit, missingBytes) -> {
                    assertThat(limit).isSameAs(own);
                    assertThat(missingBytes).isPositive();
                    asked.add(Thread.currentThread());
                    subject.freeEverything();
                    assertThat(subject.allocator().tryAllocate(Long.MAX_VALUE / 2, 1))
                            .as("a request of the listener, which is not called again")
                            .isNull();
                    return true;
                });
                subject.allocate(byteSize);
                assertThat(asked).containsExactly(Thread.currentThread());
                subject.freeEverything();
            });
        }
    }

    @Test
    default void limit_mustRefuseOnceAndByNameWhatNoListenerMakesRoomFor() {
        long byteSize = declaredLimits().largestBlock();
        whereDeclared(Limit.class, tightSubject(), (subject, own) -> {
            subject.fill(byteSize);
            long refused = subject.stats().refused();
            long byLimit = own.refused();
            List<Long> asked = new ArrayList<>();
            own.onRefusal((limit, missingBytes) -> asked.add(missingBytes)); // true, and frees nothing
            assertThat(subject.allocator().tryAllocate(byteSize, 1)).isNull();
            assertThat(asked).hasSize(1);
            assertThatExceptionOfType(AllocationException.class)
                    .isThrownBy(() -> subject.allocator().allocate(byteSize, 1))
                    .satisfies(e -> assertThat(e.refusal().name()).isEqualTo(own.name()));
            assertThat(subject.stats().refused()).isEqualTo(refused + 2);
            assertThat(own.refused()).as("refused by the limit").isEqualTo(byLimit + 2);
            subject.freeEverything();
        });
    }

    @Test
    default void rule06_mustShareABudgetWithOtherAllocators() {
        long byteSize = declaredLimits().largestBlock();
        Limit budget = Limit.of("process", declaredLimits().tightLimitBytes());
        try (AllocatorUnderTest first = subject(budget, declaredLimits().tightLimitBytes());
                AllocatorUnderTest second = subject(budget, 0)) {
            first.fill(byteSize);
            second.fill(byteSize);
            assertWithin(budget, first, second);
            assertThatExceptionOfType(AllocationException.class)
                    .isThrownBy(() -> second.allocator().allocate(byteSize, 1))
                    .satisfies(e -> assertThat(e.refusal().name()).isEqualTo("process"));
            first.freeEverything();
            second.freeEverything();
            first.fill(byteSize / 3); // needs the memory that is retained
            assertThat(first.stats().requestedBytes()).isGreaterThan(budget.limitBytes() / 4);
            assertWithin(budget, first, second);
            first.freeEverything();
            first.allocator().trim();
            second.allocator().trim();
            assertThat(budget.usedBytes()).as("unused bytes of the budget").isZero();
        }
    }

    @Test
    default void rule06_mustAskTheListenersOfItsBudget() {
        long byteSize = declaredLimits().largestBlock();
        Limit budget = Limit.of("process", declaredLimits().tightLimitBytes());
        try (AllocatorUnderTest first = subject(budget, 0);
                AllocatorUnderTest second = subject(budget, 0)) {
            first.fill(byteSize);
            second.fill(byteSize);
            budget.onRefusal((limit, missingBytes) -> {
                first.freeEverything();
                return first.allocator().trim() >= 0;
            });
            MemorySegment block = second.allocate(byteSize);
            second.free(block);
            second.freeEverything();
        }
    }

    @Test
    default void rule06_mustDischargeItsBudgetWhenItIsClosed() {
        Limit budget = Limit.builder("process").build();
        try (AllocatorUnderTest subject = subject(budget, 1 << 20)) {
            subject.allocateMany(100, 1000);
            assertThat(budget.usedBytes()).isEqualTo(subject.source().openBytes());
            subject.allocator().close();
            assertThat(budget.usedBytes()).isEqualTo(subject.source().openBytes());
        }
    }

    private static void assertWithin(Limit budget, AllocatorUnderTest first, AllocatorUnderTest second) {
        long out = first.source().openBytes() + second.source().openBytes();
        assertThat(budget.usedBytes()).as("charged bytes").isEqualTo(out);
        assertThat(out).as("bytes taken from the sources").isBetween(1L, budget.limitBytes());
    }
}
