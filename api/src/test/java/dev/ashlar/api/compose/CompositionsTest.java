package dev.ashlar.api.compose;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.CapableAllocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.InvalidBlockException.Reason;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Resettable;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What must hold for every composition of decorators. */
class CompositionsTest {

    private static final Logger LOGGER = Logger.getLogger("dev.ashlar.leaks");
    private static final long ROOM = 20_000;
    private static final long[] SIZES = {0, 1, 100, 101, 1000};

    /** Views are closed with live blocks on purpose. */
    @BeforeAll
    static void expectReports() {
        LOGGER.setLevel(Level.OFF);
    }

    @AfterAll
    static void expectNoMoreReports() {
        LOGGER.setLevel(null);
    }

    static Stream<Composition> compositions() {
        return Composition.all(ROOM);
    }

    static Stream<Composition> exhausted() {
        return Composition.all(0);
    }

    @ParameterizedTest
    @MethodSource("compositions")
    void mustServeEachSizeFromTheRightAllocatorAndFreeItThere(Composition composition) {
        for (Request request : Request.values()) {
            for (long byteSize : SIZES) {
                CapableAllocator expected = composition.route().apply(byteSize);
                MemorySegment block = request.serve(composition.allocator(), byteSize, 16);
                assertThat(block.address() % 16).isZero();
                assertThat(composition.leaves())
                        .filteredOn(leaf -> leaf.isLive(block))
                        .containsExactly(expected);
                assertThat(owner(composition.allocator()).isLive(block)).isTrue();
                assertThat(owner(composition.allocator()).owns(block)).isTrue();
                assertLive(composition, 1, byteSize);
                request.free(composition.allocator(), block);
                assertThat(owner(composition.allocator()).isLive(block)).isFalse();
                assertLive(composition, 0, 0);
            }
        }
        assertThat(composition.allocator().stats().allocations())
                .isEqualTo((long) Request.values().length * SIZES.length);
        assertThat(composition.allocator().stats().invalidFrees()).isZero();
        assertThat(composition.allocator().stats().refused()).isZero();
    }

    private static void assertLive(Composition composition, long blocks, long bytes) {
        AllocatorStats stats = composition.allocator().stats();
        assertThat(stats.liveBlocks()).isEqualTo(blocks);
        assertThat(stats.requestedBytes()).isEqualTo(bytes);
        assertThat(stats.committedBytes()).isEqualTo(bytes);
        assertThat(walk(composition.allocator())).hasSize((int) blocks);
    }

    private static List<Long> walk(Allocator allocator) {
        List<Long> live = new ArrayList<>();
        allocator.as(Inspectable.class).orElseThrow().inspect(new Inspectable.Visitor() {
            @Override
            public void live(long address, long byteSize) {
                live.add(address);
            }
        });
        return live;
    }

    @ParameterizedTest
    @MethodSource("compositions")
    void mustRefuseWhatNoSideServesAndStayAsItWas(Composition composition) {
        long refused = 0;
        for (Request request : Request.values()) {
            if (request.tries()) {
                assertThat(request.serve(composition.allocator(), 100_000, 8)).isNull();
            } else {
                assertThatExceptionOfType(AllocationException.class)
                        .isThrownBy(() -> request.serve(composition.allocator(), 100_000, 8))
                        .satisfies(e -> assertThat(e.refusal().requestedBytes()).isEqualTo(100_000));
            }
            assertThat(composition.allocator().stats().refused()).isEqualTo(++refused);
        }
        assertLive(composition, 0, 0);
    }

    @ParameterizedTest
    @MethodSource("compositions")
    void mustSayWhatIsWrongWithABlockAndCountItOnce(Composition composition) {
        Allocator allocator = composition.allocator();
        MemorySegment foreign = new CapableAllocator(ROOM).allocate(50);
        long invalid = 0;
        for (long byteSize : new long[] {50, 500}) {
            MemorySegment block = allocator.allocate(byteSize, 8);
            MemorySegment freed = allocator.allocate(byteSize, 8);
            allocator.free(freed);
            assertInvalid(Reason.FREED_TWICE, () -> allocator.free(freed));
            assertInvalid(Reason.FREED_TWICE, () -> allocator.resize(freed, byteSize + 1));
            assertInvalid(Reason.FREED_TWICE, () -> allocator.resize(freed, 550 - byteSize));
            assertInvalid(Reason.NO_BLOCK_START, () -> allocator.free(block.asSlice(1)));
            assertInvalid(Reason.FOREIGN, () -> allocator.free(foreign));
            assertInvalid(Reason.FOREIGN, () -> allocator.resize(foreign, byteSize));
            assertInvalid(
                    Reason.FREED_TWICE, () -> Request.addresses(allocator).freeAddress(freed.address(), byteSize));
            assertInvalid(Reason.FOREIGN, () -> Request.addresses(allocator).freeAddress(foreign.address(), 50));
            assertThat(allocator.stats().invalidFrees()).isEqualTo(invalid += 8);
            assertLive(composition, 1, byteSize);
            allocator.free(block);
        }
        assertThat(allocator.stats().refused()).isZero();
    }

    private static void assertInvalid(Reason reason, ThrowingCallable operation) {
        assertThatExceptionOfType(InvalidBlockException.class)
                .isThrownBy(operation)
                .satisfies(e -> assertThat(e.reason()).isEqualTo(reason));
    }

    @ParameterizedTest
    @MethodSource("compositions")
    void mustKeepContentsInResizesOfEveryKind(Composition composition) {
        Allocator allocator = composition.allocator();
        MemorySegment block = allocator.allocate(60, 8).fill((byte) 0x5E);
        for (long byteSize : new long[] {80, 700, 900, 650, 90, 60}) {
            block = allocator.resize(block, byteSize, 8);
            assertThat(composition.route().apply(byteSize).isLive(block)).isTrue();
            assertThat(block.asSlice(0, 60)
                            .mismatch(MemorySegment.ofArray("^".repeat(60).getBytes(US_ASCII))))
                    .isEqualTo(-1);
            assertLive(composition, 1, byteSize);
        }
        allocator.free(block);
    }

    @ParameterizedTest
    @MethodSource("compositions")
    void mustKeepABlockLiveWhenItsResizeIsRefused(Composition composition) {
        Allocator allocator = composition.allocator();
        for (long byteSize : new long[] {50, 500}) {
            MemorySegment block = allocator.allocate(byteSize, 8);
            assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> allocator.resize(block, 100_000));
            assertLive(composition, 1, byteSize);
            allocator.free(block);
        }
        assertThat(allocator.stats().refused()).isEqualTo(2);
    }

    @ParameterizedTest
    @MethodSource("compositions")
    void mustServeABatchInItsOrderAndFreeItWhole(Composition composition) {
        List<MemorySegment> blocks = composition.allocator().allocateAll(new long[] {1000, 1, 101, 100}, 8);
        assertThat(blocks).extracting(MemorySegment::byteSize).containsExactly(1000L, 1L, 101L, 100L);
        assertThat(blocks)
                .allMatch(block -> composition.route().apply(block.byteSize()).isLive(block));
        assertLive(composition, 4, 1202);
        composition.allocator().freeAll(blocks);
        assertLive(composition, 0, 0);
    }

    @ParameterizedTest
    @MethodSource("compositions")
    void mustServeNothingOfABatchThatDoesNotFit(Composition composition) {
        Allocator allocator = composition.allocator();
        for (long[] sizes :
                new long[][] {{50, 500, 100_000, 50}, {100_000, 50}, {50, Long.MAX_VALUE, Long.MAX_VALUE}}) {
            assertThatExceptionOfType(AllocationException.class).isThrownBy(() -> allocator.allocateAll(sizes, 8));
            assertLive(composition, 0, 0);
        }
        assertThatExceptionOfType(AllocationException.class)
                .isThrownBy(() -> allocator.allocateAll(Long.MAX_VALUE / 2, 8, 5));
        assertLive(composition, 0, 0);
        assertThat(allocator.stats().refused()).isEqualTo(4);
    }

    @ParameterizedTest
    @MethodSource("compositions")
    void mustFreeNoneOfABatchWithABadBlock(Composition composition) {
        assertFreesNone(composition, composition.allocator());
        assertFreesNone(composition, confined(composition));
    }

    private static void assertFreesNone(Composition composition, Allocator allocator) {
        List<MemorySegment> blocks = allocator.allocateAll(new long[] {1000, 1, 101, 100}, 8);
        MemorySegment freed = allocator.allocate(50);
        allocator.free(freed);
        for (MemorySegment bad : List.of(freed, blocks.get(2), new CapableAllocator(ROOM).allocate(50))) {
            for (int place = 0; place <= blocks.size(); place++) {
                List<MemorySegment> batch = new ArrayList<>(blocks);
                batch.add(place, bad);
                assertThatExceptionOfType(InvalidBlockException.class)
                        .isThrownBy(() -> allocator.freeAll(batch))
                        .satisfies(e -> assertThat(e.address()).isEqualTo(bad.address()));
                assertLive(composition, 4, 1202);
            }
        }
        allocator.freeAll(blocks);
    }

    @ParameterizedTest
    @MethodSource("exhausted")
    void mustCheckArgumentsEvenWhenItWouldRefuse(Composition composition) {
        MemorySegment nothing = composition.allocator().allocate(0);
        for (Request request : Request.values()) {
            assertChecked(request, composition.allocator(), -1, 8, "byteSize is -1, must be 0 or more");
            assertChecked(
                    request,
                    composition.allocator(),
                    1000,
                    24,
                    "byteAlignment is 24, must be a power of two (1, 2, 4, ...)");
        }
        assertArgument("byteSize is -1", () -> composition.allocator().resize(nothing, -1));
        assertArgument("byteAlignment is 0", () -> composition.allocator().resize(nothing, 1000, 0));
        assertArgument("byteSize is -2", () -> composition.allocator().allocateAll(new long[] {1000, -2}, 8));
        assertArgument("byteAlignment is 3", () -> composition.allocator().allocateAll(new long[0], 3));
        assertArgument("count is -3", () -> composition.allocator().allocateAll(8, 8, -3));
        assertArgument(
                "byteSize is -4",
                () -> Request.addresses(composition.allocator()).freeAddress(nothing.address(), -4));
        assertLive(composition, 1, 0);
    }

    private static void assertChecked(
            Request request, Allocator allocator, long byteSize, long byteAlignment, String message) {
        assertArgument(message, () -> request.serve(allocator, byteSize, byteAlignment));
    }

    private static void assertArgument(String message, ThrowingCallable operation) {
        assertThatIllegalArgumentException()
                .isThrownBy(operation)
                .withMessageStartingWith(message)
                .isNotInstanceOf(InvalidBlockException.class);
    }

    @ParameterizedTest
    @MethodSource("compositions")
    void mustCloseTheViewOnly(Composition composition) {
        Allocator allocator = composition.allocator();
        MemorySegment block = allocator.allocate(50);
        List<MemorySegment> others = allocator.allocateAll(50, 8, 2);
        var addresses = Request.addresses(allocator);
        Confinable confinable = allocator.as(Confinable.class).orElseThrow();
        Inspectable inspectable = allocator.as(Inspectable.class).orElseThrow();
        Allocator confined = confinable.confined();
        allocator.close();
        allocator.close();
        for (Request request : Request.values()) {
            assertThatIllegalStateException().isThrownBy(() -> request.serve(allocator, 8, 8));
            assertThatIllegalStateException().isThrownBy(() -> request.serve(confined, 8, 8));
        }
        assertThatIllegalStateException().isThrownBy(() -> confined.free(block));
        assertThatIllegalStateException().isThrownBy(() -> confined.freeAll(List.of(block)));
        assertThatIllegalStateException().isThrownBy(() -> allocator.resize(block, 10));
        assertThatIllegalStateException().isThrownBy(allocator::trim);
        assertThatIllegalStateException().isThrownBy(() -> addresses.allocateAddress(8, 8));
        assertThatIllegalStateException().isThrownBy(() -> addresses.tryAllocateAddress(8, 8));
        assertThatIllegalStateException().isThrownBy(confinable::confined);
        assertThatIllegalStateException().isThrownBy(() -> inspectable.inspect(new Inspectable.Visitor() {}));
        assertLive(composition.route().apply(50), block);
        assertThat(allocator.stats().liveBlocks()).isEqualTo(3);
        confined.close();
        allocator.free(block);
        allocator.freeAll(others.subList(0, 1));
        addresses.freeAddress(others.get(1).address(), 50);
        assertThat(allocator.stats().liveBlocks()).isZero();
        assertInvalid(Reason.FREED_TWICE, () -> allocator.free(block));
    }

    private static void assertLive(CapableAllocator leaf, MemorySegment block) {
        assertThat(leaf.isLive(block)).isTrue();
        block.fill((byte) 1);
    }

    @ParameterizedTest
    @MethodSource("compositions")
    void mustGiveViewsForOneThread(Composition composition) throws Exception {
        Allocator view = confined(composition);
        assertThat(owner(view).getClass())
                .isEqualTo(owner(composition.allocator()).getClass());
        MemorySegment block = view.allocate(50);
        MemorySegment other = composition.allocator().allocate(500, 8);
        try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
            executor.submit(() -> assertRefusesThisThread(view, block)).get();
        }
        assertLive(composition, 2, 550);
        view.free(other);
        composition.allocator().free(block);
        for (Request request : Request.values()) {
            for (long byteSize : SIZES) {
                MemorySegment served = request.serve(view, byteSize, 8);
                assertThat(composition.route().apply(byteSize).isLive(served)).isTrue();
                request.free(view, served);
            }
        }
        assertThat(view.stats()).isEqualTo(composition.allocator().stats());
        MemorySegment left = view.allocate(500);
        view.close();
        view.close();
        assertThatIllegalStateException().isThrownBy(() -> view.allocate(8));
        assertThat(composition.leaves()).allMatch(leaf -> leaf.openViews() == 0);
        composition.allocator().free(left);
        assertLive(composition, 0, 0);
    }

    private static void assertRefusesThisThread(Allocator view, MemorySegment block) {
        for (Request request : Request.values()) {
            assertWrongThread(() -> request.serve(view, 8, 8));
            assertWrongThread(() -> request.serve(view, 100_000, 8));
            assertWrongThread(() -> request.free(view, block));
        }
        assertWrongThread(() -> view.resize(block, 10));
        assertWrongThread(() -> view.allocateAll(8, 8, 0));
        assertWrongThread(() -> view.freeAll(List.of(block)));
        assertWrongThread(() -> view.freeAll(List.of()));
        assertWrongThread(view::trim);
        assertWrongThread(view::stats);
        assertWrongThread(view::close);
    }

    private static void assertWrongThread(ThrowingCallable operation) {
        assertThatExceptionOfType(WrongThreadException.class).isThrownBy(operation);
    }

    @ParameterizedTest
    @MethodSource("compositions")
    void mustTrimEveryLeaf(Composition composition) {
        composition.leaves().forEach(leaf -> leaf.retain(10));
        assertThat(composition.allocator().trim())
                .isEqualTo(10L * composition.leaves().size());
    }

    @ParameterizedTest
    @MethodSource("compositions")
    void mustNotOfferToFreeByPosition(Composition composition) {
        assertThat(composition.allocator().as(Resettable.class)).isEmpty();
        assertThat(composition.allocator().as(Allocator.class)).containsSame(composition.allocator());
    }

    private static Allocator confined(Composition composition) {
        return composition.allocator().as(Confinable.class).orElseThrow().confined();
    }

    private static Owner owner(Allocator allocator) {
        return allocator.as(Owner.class).orElseThrow();
    }
}
