package dev.ashlar.adaptive.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.ashlar.adaptive.Adaptive;
import dev.ashlar.adaptive.Adaptive.Housekeeping;
import dev.ashlar.adaptive.AdaptiveAllocator;
import dev.ashlar.adaptive.HandClock;
import dev.ashlar.api.AllocationException;
import dev.ashlar.api.Limit;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import dev.ashlar.spi.MemorySource;
import dev.ashlar.spi.MemorySource.Chunk;
import dev.ashlar.spi.support.MeteredSource;
import dev.ashlar.testkit.FaultySource;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Kept memory, which serves blocks of every size. */
class ReserveTest {

    private static AdaptiveAllocator open(MemorySource source, AllocatorConfig.Builder config) {
        Adaptive.Builder settings = Adaptive.builder()
                .small(tier -> tier.upTo(256).strategies("slab").retainedShare(0.5))
                .medium(tier -> tier.upTo(64 * 1024).strategies("regions").retainedShare(0.5))
                .large(tier -> tier.upTo(64 << 20).strategies("direct").retainedShare(0))
                .housekeeping(Housekeeping.MANUAL);
        return TieredAllocator.create(
                config.source(source).settings(settings).build(),
                Map.of(
                        "slab",
                        AllocatorProviders.require("slab"),
                        "regions",
                        new StrategyDouble("regions", 64 * 1024, 4096)),
                new HandClock());
    }

    @Test
    void mustServeBlocksOfEverySizeFromWhatWasTakenAhead() {
        try (FaultySource source = new FaultySource();
                AdaptiveAllocator allocator =
                        open(source, AllocatorConfig.builder().preallocateBytes(1 << 20))) {
            long takes = source.takes();
            for (long byteSize : new long[] {16, 256, 1_000, 64 * 1024, 200_000}) {
                allocator.free(allocator.allocate(byteSize, 8));
                allocator.allocate(byteSize, 8);
            }

            assertThat(source.takes()).as("chunks").isEqualTo(takes);
            assertThat(allocator.stats().committedBytes()).isEqualTo(1 << 20);
        }
    }

    @Test
    void mustStayAtATrimAndServeAnySizeThen() {
        try (FaultySource source = new FaultySource();
                AdaptiveAllocator allocator = open(
                        source, AllocatorConfig.builder().reserveBytes(1 << 20).preallocateBytes(3 << 20))) {
            allocator.freeAll(allocator.allocateAll(256, 8, 40_000));
            allocator.trim();
            assertThat(source.openBytes()).isBetween(1L << 20, (1L << 20) + (4 << 20));
            long takes = source.takes();
            List<MemorySegment> blocks = allocator.allocateAll(50_000, 8, 8);
            assertThat(source.takes()).as("chunks").isEqualTo(takes);
            allocator.freeAll(blocks);
            assertThat(source.openBytes()).as("what came back stays").isGreaterThanOrEqualTo(1 << 20);
        }
    }

    @Test
    void mustNotBeInTheWayOfABlockThatFitsBesideIt() {
        try (FaultySource source = new FaultySource();
                AdaptiveAllocator allocator = open(
                        source,
                        AllocatorConfig.builder()
                                .limitBytes(8 << 20)
                                .reserveBytes(8 << 20)
                                .preallocateBytes(8 << 20))) {
            allocator.free(allocator.allocate(7 << 20, 8)); // larger than each of the pieces
        }
    }

    @Test
    void mustTakeNothingIfItCannotTakeAllOfIt() {
        try (FaultySource source = new FaultySource()) {
            source.budget(6 << 20);
            assertThatExceptionOfType(AllocationException.class)
                    .isThrownBy(() -> open(source, AllocatorConfig.builder().preallocateBytes(8 << 20)));
            assertThat(source.openBytes()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void mustKeepNothingOfASourceThatFails(boolean isError) {
        Limit budget = Limit.of("b", 64 << 20);
        try (FaultySource source = new FaultySource()) {
            source.atTake(2, () -> {
                if (isError) {
                    throw new OutOfMemoryError("planned");
                }
                throw new IllegalStateException("planned");
            });
            assertThatExceptionOfType(isError ? OutOfMemoryError.class : IllegalStateException.class)
                    .isThrownBy(() -> open(
                            source, AllocatorConfig.builder().budget(budget).preallocateBytes(9 << 20)))
                    .withMessage("planned");

            assertThat(source.takes()).isEqualTo(1);
            assertThat(source.openBytes()).isZero();
            assertThat(source.misuses()).isEmpty();
            assertThat(budget.usedBytes()).isZero();
            assertThat(source.closedSessions()).isEqualTo(1);
        }
    }

    @Test
    void mustKeepExactlyTheReserveOfWhatComesBack() {
        try (FaultySource source = FaultySource.withoutPadding()) {
            MeteredSource metered = new MeteredSource(source, Long.MAX_VALUE, () -> 0);
            Reserve reserve = new Reserve(metered, 1 << 20, 0);
            List<Chunk> chunks = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                chunks.add(Objects.requireNonNull(metered.take(1 << 20, SharedSource.GRANULE)));
            }
            for (long left : new long[] {2 << 20, 1 << 20, 1 << 20}) {
                reserve.takeBack(chunks.removeLast());
                assertThat(source.openBytes()).isEqualTo(left);
            }
        }
    }

    @Test
    void mustGiveBackLaterWhatTheSourceCannotTakeBackYet() {
        try (FaultySource source = new FaultySource()) {
            Reserve reserve = new Reserve(new MeteredSource(source, Long.MAX_VALUE, () -> 0), 0, 1 << 20);
            source.keepChunksOpen();
            reserve.trim();
            assertThat(source.openBytes()).isEqualTo(1 << 20);
            source.recover();
            reserve.trim();
            assertThat(source.openBytes()).isZero();
        }
    }

    @Property
    void mustCutChunksApartAndJoinWhatComesBack(@ForAll long seed) {
        try (FaultySource source = new FaultySource()) {
            Reserve reserve = new Reserve(new MeteredSource(source, Long.MAX_VALUE, () -> 0), 0, 1 << 20);
            MemorySegment whole = source.chunks().getFirst();
            Random random = new Random(seed);
            List<Chunk> cut = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                long byteSize = 1 + random.nextLong(100_000);
                long byteAlignment = SharedSource.GRANULE << random.nextInt(5);
                Chunk chunk = random.nextInt(3) > 0 ? reserve.cut(byteSize, byteAlignment) : null;
                if (chunk != null) {
                    long address = chunk.memory().address();
                    assertThat(chunk.memory().byteSize()).isEqualTo(byteSize);
                    assertThat(address % byteAlignment).isZero();
                    assertThat(address).isBetween(whole.address(), whole.address() + whole.byteSize() - byteSize);
                    assertThat(cut).allMatch(other -> areApart(chunk.memory(), other.memory()));
                    cut.add(chunk);
                } else if (!cut.isEmpty()) {
                    cut.remove(random.nextInt(cut.size())).close();
                }
            }
            cut.forEach(Chunk::close);
            assertThat(reserve.cut(whole.byteSize(), SharedSource.GRANULE)).isNotNull();
        }
    }

    /** Also with pages, each of which has an entry in the map from addresses to sub-allocators. */
    private static boolean areApart(MemorySegment one, MemorySegment other) {
        long last = (one.address() + one.byteSize() - 1) / SharedSource.GRANULE;
        long lastOther = (other.address() + other.byteSize() - 1) / SharedSource.GRANULE;
        return last < other.address() / SharedSource.GRANULE || lastOther < one.address() / SharedSource.GRANULE;
    }
}
