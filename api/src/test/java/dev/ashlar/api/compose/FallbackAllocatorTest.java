package dev.ashlar.api.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.CapableAllocator;
import dev.ashlar.api.CheckingAllocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Owner;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FallbackAllocatorTest {

    private final CapableAllocator first = new CapableAllocator(100);
    private final CapableAllocator second = new CapableAllocator(200);
    private final Allocator fallback = Allocators.fallback(first, second);

    @AfterEach
    void close() {
        first.close();
        second.close();
    }

    @ParameterizedTest
    @EnumSource
    void mustAskTheSecondOnlyForWhatTheFirstRefuses(Request request) {
        MemorySegment early = request.serve(fallback, 80, 8);
        MemorySegment late = request.serve(fallback, 30, 8);
        MemorySegment small = request.serve(fallback, 20, 8);
        assertThat(List.of(early, small)).allMatch(first::isLive);
        assertThat(second.isLive(late)).isTrue();
        assertThat(fallback.stats().refused()).isZero();
        request.free(fallback, early);
        MemorySegment again = request.serve(fallback, 70, 8);
        assertThat(first.isLive(again)).isTrue();
        request.free(fallback, late);
        assertThat(second.stats().liveBlocks()).isZero();
        assertThat(second.stats().allocations()).isEqualTo(1);
        assertThat(first.stats().invalidFrees()).as("asked the wrong side").isZero();
    }

    @Test
    void mustAskTheFirstOnlyForTheRequestsThatAreChosen() {
        Set<String> chosen = new HashSet<>(Set.of("first"));
        Allocator some = Allocators.fallback(hints -> chosen.contains(String.valueOf(hints.tag())), first, second);
        MemorySegment early = some.allocate(60, 8, AllocationHints.NONE.withTag("first"));
        MemorySegment other = some.allocate(60, 8, AllocationHints.NONE.withTag("second"));
        MemorySegment late = some.allocate(60, 8, AllocationHints.NONE.withTag("first"));
        MemorySegment plain = some.allocate(10, 8);
        assertThat(first.isLive(early)).isTrue();
        assertThat(List.of(other, late, plain)).allMatch(second::isLive);
        assertThat(some.tryAllocateAll(40, 8, 1)).isNotNull().allMatch(second::isLive);
        assertThat(some.tryResize(plain, 50, 8))
                .as("it may not move to the first")
                .isNull();
        assertThat(some.tryAllocateAll(41, 8, 1)).as("the first has room").isNull();
        assertThat(some.stats().refused()).isEqualTo(2);
        chosen.add("null");
        some.free(early);
        assertThat(first.isLive(some.resize(plain, 50, 8))).isTrue();
        chosen.clear();
        List.of(other, late).forEach(some::free);
        assertThat(some.stats().invalidFrees()).isZero();
    }

    @Test
    void mustChooseForRawAddressesAndConfinedViewsToo() {
        AtomicBoolean asksFirst = new AtomicBoolean();
        Allocator some = Allocators.fallback(_ -> asksFirst.get(), first, second);
        AddressAllocator addresses = some.as(AddressAllocator.class).orElseThrow();
        Allocator view = some.as(Confinable.class).orElseThrow().confined();
        long ofSecond = addresses.allocateAddress(8, 8);
        MemorySegment ofView = view.allocate(8);
        assertThat(second.isLive(ofSecond) && second.isLive(ofView)).isTrue();
        asksFirst.set(true);
        addresses.freeAddress(ofSecond, 8);
        view.free(ofView);
        assertThat(first.isLive(addresses.allocateAddress(8, 8))).isTrue();
        assertThat(first.isLive(view.allocate(8))).isTrue();
    }

    @Test
    void mustThrowWhatTheSecondSays() {
        assertThatExceptionOfType(AllocationException.class)
                .isThrownBy(() -> fallback.allocate(300))
                .satisfies(e -> assertThat(e.refusal().limitBytes()).isEqualTo(200));
        assertThat(fallback.stats().refused()).isEqualTo(1);
    }

    @Test
    void mustServeABatchWholeFromOneSide() {
        List<MemorySegment> blocks = fallback.allocateAll(40, 8, 3);
        assertThat(blocks).hasSize(3).allMatch(second::isLive);
        assertThat(first.stats().liveBlocks()).isZero();
        // 100 bytes are left in the first and 80 in the second: together enough, but no side has them.
        assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> fallback.allocateAll(40, 8, 4));
        assertThat(fallback.stats().liveBlocks()).isEqualTo(3);
        assertThat(fallback.stats().refused()).isEqualTo(1);
    }

    @Test
    void mustMoveABlockThatItsSideCannotResize() {
        MemorySegment block = fallback.allocateFrom(ValueLayout.JAVA_INT, 1, 2, 3);
        MemorySegment moved = fallback.resize(block, 150, 8);
        assertThat(second.isLive(moved)).isTrue();
        assertThat(moved.asSlice(0, 12).toArray(ValueLayout.JAVA_INT)).containsExactly(1, 2, 3);
        assertThat(first.stats().liveBlocks()).isZero();
        MemorySegment back = fallback.resize(moved, 60, 8);
        assertThat(first.isLive(back))
                .as("the second has no room to copy, the first has")
                .isTrue();
        assertThat(back.asSlice(0, 12).toArray(ValueLayout.JAVA_INT)).containsExactly(1, 2, 3);
        assertThat(fallback.stats().liveBlocks()).isEqualTo(1);
        assertThat(fallback.stats().refused()).isZero();
    }

    @Test
    void mustSayWhatIsWrongWithABlockThatItsSideCannotResizeBeforeItMoves() {
        Allocator limitedFirst = Allocators.fallback(Allocators.limited(first, 50), second);
        MemorySegment freed = limitedFirst.allocate(40);
        limitedFirst.free(freed);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limitedFirst.resize(freed, 150))
                .withMessageContaining("freed before");
        assertThat(second.stats().allocations()).isZero();
        assertThat(limitedFirst.stats().liveBlocks()).isZero();
    }

    /** The second side may already hold memory that the first has just returned but still owns. */
    @Test
    void mustFreeWhatTheFirstTakesForItsOwnForAMoment() {
        CapableAllocator late = new CapableAllocator(50) {
            @Override
            public boolean owns(long address) {
                return true;
            }

            @Override
            public synchronized void free(MemorySegment block) {
                if (!isLive(block)) {
                    throw InvalidBlockException.freedTwice(block.address(), 64);
                }
                super.free(block);
            }
        };
        Allocator composed = Allocators.fallback(late, second);
        composed.free(composed.allocate(90));
        composed.freeAll(List.of(composed.allocate(90)));
        Request.ALLOCATE_ADDRESS.free(composed, Request.ALLOCATE_ADDRESS.serve(composed, 90, 8));
        composed.free(composed.resize(composed.allocate(90), 95));
        assertThat(second.stats().liveBlocks()).isZero();
        MemorySegment freed = composed.allocate(10);
        composed.free(freed);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> composed.free(freed))
                .withMessageContaining("freed before");
        late.close();
    }

    @Test
    void mustGiveTheNewBlockBackWhenAMoveFailsWithAnError() {
        CapableAllocator failing = new CapableAllocator(100) {
            @Override
            public synchronized void free(MemorySegment block) {
                throw new StackOverflowError();
            }
        };
        Allocator composed = Allocators.fallback(failing, second);
        MemorySegment block = composed.allocate(80);
        assertThatExceptionOfType(StackOverflowError.class).isThrownBy(() -> composed.resize(block, 150));
        assertThat(second.stats().liveBlocks()).isZero();
        failing.close();
    }

    @Test
    void mustRequireAFirstThatKnowsItsBlocks() {
        Allocator blind = new Blind(100);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Allocators.fallback(blind, second))
                .withMessageContainingAll(Blind.class.getName(), "Owner", "Allocators.segregated");
        assertThatNullPointerException()
                .isThrownBy(() -> Allocators.fallback(first, null))
                .withMessage("second");
        assertThatNullPointerException()
                .isThrownBy(() -> Allocators.fallback(null, second))
                .withMessage("first");
    }

    @Test
    void mustDoWithASecondThatDoesNotKnowItsBlocks() {
        Blind blind = new Blind(200);
        Allocator half = Allocators.fallback(first, blind);
        assertThat(half.as(Owner.class)).isEmpty();
        half.free(half.allocate(150));
        half.freeAll(List.of(half.allocate(60), half.allocate(60)));
        half.free(half.resize(half.allocate(60), 120));
        assertThat(half.stats().liveBlocks()).isZero();
        assertThat(blind.stats().allocations()).isEqualTo(3);
    }

    private static final class Blind extends CheckingAllocator {
        Blind(long capacity) {
            super(capacity);
        }

        @Override
        public <T> Optional<T> as(Class<T> capability) {
            return capability == Owner.class ? Optional.empty() : super.as(capability);
        }
    }
}
