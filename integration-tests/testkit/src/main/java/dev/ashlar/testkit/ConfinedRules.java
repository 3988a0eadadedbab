package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.InvalidBlockException.Reason;
import dev.ashlar.testkit.TestThread.Kind;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/**
 * Views for one thread. The view itself is an allocator and keeps the other rules too: its author extends the contract
 * for it, with {@link ContractLimits.Threads#ONE} and {@link ContractLimits.Closing#LEAVES_MEMORY}.
 */
interface ConfinedRules extends CapabilityRules {

    @Test
    default void rule05_mustShareBlocksWithItsConfinedView() {
        whereDeclared(Confinable.class, (subject, confinable) -> {
            try (Allocator view = confinable.confined()) {
                List<MemorySegment> viewed = new ArrayList<>();
                for (int i = 0; i < 100; i++) {
                    viewed.add(subject.recorder().handedOut(view.allocate(i * 11L, 8), i * 11L, 8));
                    MemorySegment own = subject.allocate(i * 11L, 8);
                    subject.recorder().givenBack(own);
                    view.free(own);
                }
                subject.recorder().checkContents();
                assertThat(subject.stats().liveBlocks()).isEqualTo(100);
                try (TestThread other = TestThread.platform()) {
                    other.run(() -> subject.free(viewed));
                }
                assertThat(subject.stats().liveBlocks()).isZero();
                StatisticsRules.assertEqualWalk(subject);
            }
        });
    }

    @Test
    default void rule05_mustRefuseOtherThreadsOnAConfinedView() {
        whereDeclared(Confinable.class, (subject, confinable) -> {
            try (Allocator view = confinable.confined()) {
                MemorySegment block = subject.recorder().handedOut(view.allocate(64, 8), 64, 8);
                for (Kind kind : Kind.values()) {
                    try (TestThread other = new TestThread(kind)) {
                        other.run(() -> {
                            assertWrongThread(() -> view.allocate(8));
                            assertWrongThread(() -> view.tryAllocate(8, 8));
                            assertWrongThread(() -> view.allocateAll(8, 8, 3));
                            assertWrongThread(() -> view.free(block));
                            assertWrongThread(() -> view.freeAll(List.of(block)));
                            assertWrongThread(() -> view.resize(block, 128));
                            assertWrongThread(() -> view.tryAllocate(8, 8, AllocationHints.NONE));
                            assertWrongThread(() -> view.tryAllocateAll(8, 8, 3));
                            assertWrongThread(() -> view.tryResize(block, 128, 8));
                            view.as(AddressAllocator.class)
                                    .ifPresent(addresses -> AddressRules.assertOtherThreadIsRefused(addresses, block));
                            assertWrongThread(view::trim);
                            assertWrongThread(view::close);
                        });
                    }
                }
                assertThat(subject.stats().liveBlocks()).isEqualTo(1);
                subject.recorder().givenBack(block);
                view.free(block);
            }
        });
    }

    private static void assertWrongThread(ThrowingCallable call) {
        assertThatExceptionOfType(WrongThreadException.class).isThrownBy(call);
    }

    @Test
    default void rule04_mustSeeInvalidFreesThroughAConfinedView() {
        whereDeclared(Confinable.class, (subject, confinable) -> {
            try (Allocator view = confinable.confined()) {
                MemorySegment guard = view.allocate(64, 8);
                MemorySegment block = view.allocate(64, 8);
                if (declaredLimits().sees(Reason.NO_BLOCK_START)) {
                    assertInvalid(() -> view.free(block.asSlice(8)));
                }
                view.free(block);
                if (declaredLimits().sees(Reason.FREED_TWICE)) {
                    assertInvalid(() -> view.free(block));
                    assertInvalid(() -> subject.allocator().free(block));
                }
                view.free(guard);
                assertThat(subject.stats().liveBlocks()).isZero();
            }
        });
    }

    private static void assertInvalid(ThrowingCallable call) {
        assertThatExceptionOfType(InvalidBlockException.class).isThrownBy(call);
    }

    @Test
    default void rule09_mustKeepBlocksLiveWhenTheirConfinedViewCloses() {
        whereDeclared(Confinable.class, (subject, confinable) -> {
            Allocator view = confinable.confined();
            for (int i = 0; i < 60; i++) {
                subject.recorder().handedOut(view.allocate(100, 8), 100, 8);
                view.free(view.allocate(100, 8));
            }
            view.close();
            view.close();
            assertThatIllegalStateException().isThrownBy(() -> view.allocate(8));
            subject.recorder().checkContents();
            assertThat(subject.stats().liveBlocks()).isEqualTo(60);
            subject.freeEverything();
            subject.allocator().trim();
            assertThat(subject.source().openBytes())
                    .as("what the view cached too")
                    .isZero();
        });
    }

    @Test
    default void rule09_mustEndItsConfinedViewsWithItself() {
        whereDeclared(Confinable.class, (subject, confinable) -> {
            Allocator view = confinable.confined();
            MemorySegment block = view.allocate(64, 8);
            subject.allocator().close();
            assertThatIllegalStateException().isThrownBy(() -> view.allocate(8));
            assertThatIllegalStateException().isThrownBy(() -> view.free(block));
            assertThatIllegalStateException().isThrownBy(confinable::confined);
            view.close();
        });
    }

    @Test
    default void rule11_mustTakeOverTheViewsOfEndedThreads() {
        whereDeclared(Confinable.class, (subject, confinable) -> {
            assumeFalse(
                    subject.isConfined(),
                    "limits() declares one thread; the rules of threads test that others are refused");
            for (int i = 0; i < 20; i++) {
                try (TestThread other = new TestThread(Kind.alternating(i))) {
                    other.run(() -> {
                        Allocator forgotten = confinable.confined();
                        forgotten.free(forgotten.allocate(500, 8));
                        subject.recorder().handedOut(forgotten.allocate(500, 8), 500, 8);
                    });
                }
            }
            subject.freeEverything();
            subject.allocator().trim();
            assertThat(subject.source().openBytes()).isZero();
        });
    }
}
