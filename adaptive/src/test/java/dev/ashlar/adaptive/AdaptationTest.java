package dev.ashlar.adaptive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ashlar.adaptive.Adaptive.Housekeeping;
import dev.ashlar.adaptive.AllocatorEvent.Alert;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.AllocatorStats;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.PoolStats;
import dev.ashlar.api.Registration;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.testkit.FaultySource;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Housekeeping passes that the test calls, with a clock that the test sets. */
class AdaptationTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    private final FaultySource source = new FaultySource();
    private final HandClock clock = new HandClock();
    private final List<AllocatorEvent> events = new ArrayList<>();
    private AdaptiveAllocator allocator = open(AllocatorConfig.builder().retainedBytes(64 << 20));

    private AdaptiveAllocator open(AllocatorConfig.Builder config) {
        return open(config, Adaptive.builder());
    }

    private AdaptiveAllocator open(AllocatorConfig.Builder config, Adaptive.Builder settings) {
        settings.medium(tier -> tier.strategies("slab")).housekeeping(Housekeeping.MANUAL);
        return AdaptiveAllocator.create(config.source(source).settings(settings).build(), clock);
    }

    private void reopen(AllocatorConfig.Builder config) {
        allocator.close();
        allocator = open(config);
        allocator.addListener(events::add);
    }

    private void reopen(Adaptive.Builder settings) {
        allocator.close();
        allocator = open(AllocatorConfig.builder(), settings);
        allocator.addListener(events::add);
    }

    @BeforeEach
    void listen() {
        allocator.addListener(events::add);
    }

    @AfterEach
    void close() {
        allocator.close();
        source.close();
    }

    private void pass(int times) {
        for (int i = 0; i < times; i++) {
            clock.advance(SECOND);
            allocator.housekeep();
        }
    }

    private List<MemorySegment> allocate(int count, long byteSize) {
        List<MemorySegment> blocks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            blocks.add(allocator.allocate(byteSize, 8));
        }
        return blocks;
    }

    private <E extends AllocatorEvent> List<E> events(Class<E> kind) {
        return events.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    @Test
    void mustGiveIdleMemoryBackWithinTheDecayTime() {
        List<MemorySegment> blocks = allocate(2_000, 4_000);
        pass(1);
        blocks.forEach(allocator::free);
        long idle = source.openBytes();
        pass(5);
        assertThat(source.openBytes()).as("in the first half").isEqualTo(idle);
        pass(8);

        assertThat(source.openBytes()).as("in the end").isLessThan(idle / 10);
        assertThat(events(AllocatorEvent.IdleReturned.class)).hasSizeGreaterThan(1);
        assertThat(events(AllocatorEvent.ChunkReturned.class)).isNotEmpty();
    }

    @Test
    void mustGiveIdleMemoryBackWhileOtherBlocksLive() {
        List<MemorySegment> blocks = allocate(4_000, 4_000);
        pass(1);
        blocks.subList(2_000, 4_000).forEach(allocator::free);
        pass(20);

        assertThat((double) source.openBytes())
                .isLessThan(1.25 * allocator.stats().allocatedBytes());
    }

    @Test
    void mustForgetAfterTenMinutesWhatALoadMissedWhenItWasGone() {
        for (int i = 0; i < 30; i++) {
            allocate(2_000, 4_000).forEach(allocator::free);
            pass(1);
        }
        pass(9 * 60);
        assertThat(source.openBytes()).as("within ten minutes").isGreaterThan(4 << 20);
        pass(2 * 60);

        assertThat(source.openBytes()).as("after them").isLessThan(1 << 20);
    }

    /** The next pass is an hour away. */
    @Test
    void mustSoonKeepWhatALoadTakesAgainAndAgainBetweenTwoPasses() throws InterruptedException {
        Adaptive.Builder rare = Adaptive.builder()
                .adaptation(its -> its.interval(Duration.ofHours(1)))
                .housekeeping(Housekeeping.AUTOMATIC);
        AllocatorConfig config =
                AllocatorConfig.builder().source(source).settings(rare).build();
        try (AdaptiveAllocator automatic = AdaptiveAllocator.create(config, clock)) {
            long takes = takesOfABurst(automatic);
            assertThat(takesOfABurst(automatic))
                    .as("with what is retained by default")
                    .isPositive();
            for (int i = 0; i < 1000 && takes > 0; i++) {
                Thread.sleep(1); // the housekeeping thread does it
                takes = takesOfABurst(automatic);
            }
            assertThat(takes).isZero();
            assertThat(source.openBytes()).isLessThan(2 * 2_000 * 4_000);
        }
    }

    private long takesOfABurst(Allocator from) {
        long before = source.takes();
        List<MemorySegment> blocks = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            blocks.add(from.allocate(4_000, 8));
        }
        from.freeAll(blocks);
        return source.takes() - before;
    }

    @Test
    void mustNotGiveBackWhatALoadComesBackFor() {
        allocate(2_000, 4_000).forEach(allocator::free);
        for (int round = 0; round < 40; round++) {
            List<MemorySegment> blocks = allocate(2_000, 4_000);
            pass(1);
            blocks.forEach(allocator::free);
            pass(1 + round % 4);
        }
        long takes = source.takes();
        for (int round = 0; round < 40; round++) {
            List<MemorySegment> blocks = allocate(2_000, 4_000);
            pass(1);
            blocks.forEach(allocator::free);
            pass(1 + round % 4);
        }
        assertThat(source.takes()).as("chunks taken again").isEqualTo(takes);
    }

    @Test
    void mustLearnWhatALoadNeedsThatItCannotSee() {
        for (int i = 0; i < 30; i++) {
            allocate(2_000, 4_000).forEach(allocator::free); // no block is live at a pass
            pass(1);
        }
        long takes = source.takes();
        for (int i = 0; i < 100; i++) {
            allocate(2_000, 4_000).forEach(allocator::free);
            pass(1);
        }
        assertThat(source.takes() - takes)
                .as("chunks taken again in a hundred seconds")
                .isLessThan(40);
    }

    @Test
    void mustSwitchAtTheFirstPassAfterGrowthAndThenLeaveItAtThat() {
        Instant start = clock.instant();
        for (int second = 0; second < 300; second++) {
            allocate(20, 4_200);
            allocate(5, 1_100).forEach(allocator::free);
            pass(1);
        }

        List<AllocatorEvent.TableSwitched> changes = events(AllocatorEvent.TableSwitched.class);
        assertThat(changes).hasSize(1);
        assertThat(changes.getFirst().sizes()).contains(4_200);
        assertThat(Duration.between(start, changes.getFirst().time()))
                .as("before many slabs of other classes are cut")
                .isLessThan(Duration.ofSeconds(60));
    }

    @Test
    void mustSwitchForWhatAConfinedViewIsAskedFor() {
        Allocator view = allocator.as(Confinable.class).orElseThrow().confined();
        for (int i = 0; i < 3_000; i++) {
            view.allocate(4_200, 8);
        }
        pass(90);

        assertThat(events(AllocatorEvent.TableSwitched.class)).hasSize(1);
    }

    @Test
    void mustNotSwitchAboveTheSoftLimit() {
        reopen(AllocatorConfig.builder().limitBytes(14 << 20));
        allocate(2_950, 4_200);
        pass(90);

        assertThat(events(AllocatorEvent.TableSwitched.class)).isEmpty();
    }

    @Test
    void mustNotSwitchWhileMoreIsFreeInTheSlotsOfTodayThanThatWouldSave() {
        List<MemorySegment> blocks = allocate(3_000, 4_200);
        for (int i = 0; i < blocks.size(); i += 2) {
            allocator.free(blocks.get(i));
        }
        pass(90);

        assertThat(events(AllocatorEvent.TableSwitched.class)).isEmpty();
    }

    @Test
    void mustKeepAClassWhileBlocksOfItAreLive() {
        reopen(Adaptive.builder().adaptation(its -> its.sizeClasses(1)));
        allocate(2_000, 4_200);
        pass(1);
        allocate(100, 4_200);
        allocate(20_000, 5_150);
        pass(1);

        List<AllocatorEvent.TableSwitched> changes = events(AllocatorEvent.TableSwitched.class);
        assertThat(changes).hasSize(2);
        assertThat(changes.getFirst().sizes()).contains(4_200).doesNotContain(5_152);
        assertThat(changes.getLast().sizes()).contains(4_200, 5_152);
    }

    @Test
    void mustCountTheFirstRequestsAfterEachPassAndNoOthers() {
        reopen(Adaptive.builder().adaptation(its -> its.samples(1_000)));
        allocate(1_000, 4_200);
        allocate(3_000, 5_150);
        pass(1);
        assertThat(events(AllocatorEvent.TableSwitched.class)).hasSize(1);
        assertThat(events(AllocatorEvent.TableSwitched.class).getFirst().samples())
                .isEqualTo(1_000);
        assertThat(events(AllocatorEvent.TableSwitched.class).getFirst().sizes())
                .contains(4_200)
                .doesNotContain(5_152);

        allocate(1_000, 5_150);
        pass(90);
        assertThat(events(AllocatorEvent.TableSwitched.class)).hasSize(2);
        assertThat(events(AllocatorEvent.TableSwitched.class).getLast().samples())
                .as("none is counted by two passes")
                .isEqualTo(2_000);
        assertThat(events(AllocatorEvent.TableSwitched.class).getLast().sizes()).contains(4_200, 5_152);
    }

    @Test
    void mustCountNoNegativeSize() {
        for (int i = 0; i < 1_000; i++) {
            assertThatIllegalArgumentException().isThrownBy(() -> allocator.allocate(-4_200, 8));
        }
        allocate(500, 4_200);
        pass(90);

        assertThat(events(AllocatorEvent.TableSwitched.class))
                .as("of fewer requests than a table needs")
                .isEmpty();
    }

    @Test
    void mustServeASizeFromSlotsOfItsFormerClassWhereNothingElseIsLeft() {
        reopen(AllocatorConfig.builder().limitBytes(16 << 20));
        MemorySegment growing = allocator.allocate(100, 8);
        List<MemorySegment> before = allocate(2_000, 4_200);
        pass(1);
        assertThat(events(AllocatorEvent.TableSwitched.class)).hasSize(1);
        while (allocator.tryAllocate(4_200, 8) != null) {
            assertThat(allocator.stats().liveBlocks()).isLessThan(10_000);
        }
        long full = allocator.stats().requestedBytes();
        for (int i = 0; i < before.size(); i += 2) {
            allocator.free(before.get(i));
        }

        List<MemorySegment> after = allocate(before.size() / 2 - 1, 4_200);
        after.add(allocator.resize(growing, 4_200));

        assertThat(allocator.stats().requestedBytes()).isEqualTo(full - 100);
        after.forEach(allocator::free);
        assertThat(allocator.stats().requestedBytes()).isEqualTo(full - 100 - after.size() * 4_200L);
    }

    @Test
    void mustSwitchForWhatIsLiveAndNotForWhatIsAskedForMost() {
        for (int second = 0; second < 300; second++) {
            allocate(4, 4_200);
            for (int i = 0; i < 2_000; i++) {
                allocator.free(allocator.allocate(128, 8)); // most requested bytes, and no waste
            }
            pass(1);
        }

        assertThat(events(AllocatorEvent.TableSwitched.class))
                .anySatisfy(change -> assertThat(change.sizes()).contains(4_200));
    }

    @Test
    void mustSwitchToClassesThatFitWhatIsAskedFor() {
        List<MemorySegment> before = allocate(3_000, 4_200); // in a class of 4,608 by default
        pass(90);

        assertThat(events(AllocatorEvent.TableSwitched.class)).hasSize(1);
        AllocatorEvent.TableSwitched change =
                events(AllocatorEvent.TableSwitched.class).getFirst();
        assertThat(change.wasteBefore() - change.wasteNow()).isGreaterThan(0.05);
        assertThat(change.sizes()).contains(64, 256, 4096, 4200, 64 * 1024);
        AllocatorStats stats = allocator.stats();
        List<MemorySegment> after = allocate(3_000, 4_200);
        double waste = 1 - 3_000 * 4_200.0 / (allocator.stats().allocatedBytes() - stats.allocatedBytes());
        assertThat(waste).as("waste of new blocks").isLessThan(0.02);

        before.forEach(allocator::free);
        after.forEach(allocator::free);
        assertThat(allocator.stats().liveBlocks()).isZero();
        allocator.trim();
        assertThat(source.openBytes()).as("after the old classes drained").isZero();
        allocator.free(allocator.allocate(1, 1));
    }

    @Test
    void mustLookAtAlignedBlocksWhateverTheLargestClassIs() {
        Properties properties = new Properties();
        properties.setProperty("ashlar.slab.sizes", "64,600,1000"); // no multiples of 16
        reopen(AllocatorConfig.from(properties).toBuilder().retainedBytes(64 << 20));
        for (int i = 0; i < 1_100; i++) {
            allocator.free(allocator.allocate(1_000, 16));
        }
        pass(90);

        assertThat(events(AllocatorEvent.TableSwitched.class)).isEmpty();
    }

    @Test
    void mustNotSwitchForWhatIsNotWorthIt() {
        for (int i = 0; i < 3_000; i++) {
            allocator.allocate(8 + i % 120 * 8L, 8);
        }
        pass(90);

        assertThat(events(AllocatorEvent.TableSwitched.class)).isEmpty();
    }

    @Test
    void mustRaiseAnAlertAndEndIt() {
        List<MemorySegment> blocks = allocate(10_000, 1); // 7 of 8 bytes are waste
        pass(3);

        assertThat(events(AllocatorEvent.AlertRaised.class))
                .extracting(AllocatorEvent.AlertRaised::alert)
                .containsOnlyOnce(Alert.FRAGMENTATION);
        assertThat(allocator.report().alerts()).anyMatch(alert -> alert.alert() == Alert.FRAGMENTATION);
        blocks.forEach(allocator::free);
        pass(2);
        assertThat(events(AllocatorEvent.AlertEnded.class))
                .extracting(AllocatorEvent.AlertEnded::alert)
                .contains(Alert.FRAGMENTATION);
    }

    @Test
    void mustRaiseAnAlertWhenLiveBlocksTakeLittleOfWhatIsCommitted() {
        reopen(AllocatorConfig.builder());
        List<MemorySegment> blocks = allocate(20_000, 2_048);
        pass(1);
        assertThat(events(AllocatorEvent.AlertRaised.class)).isEmpty();
        List<MemorySegment> survivors = new ArrayList<>();
        for (int i = 0; i < blocks.size(); i++) {
            if (i % 4 == 0) {
                survivors.add(blocks.get(i));
            } else {
                allocator.free(blocks.get(i));
            }
        }
        pass(1);

        AllocatorStats stats = allocator.stats();
        assertThat(stats.committedOverRequested()).isGreaterThan(2.7);
        assertThat(events(AllocatorEvent.AlertRaised.class))
                .satisfiesExactly(
                        raised -> {
                            assertThat(raised.alert()).isEqualTo(Alert.UTILISATION);
                            assertThat(raised.figure()).isBetween(stats.utilisation(), 0.4);
                        },
                        raised -> {
                            assertThat(raised.alert()).isEqualTo(Alert.OVERHEAD);
                            assertThat(raised.figure()).isBetween(2.5, stats.committedOverRequested());
                        });
        survivors.forEach(allocator::free);
        pass(1);
        assertThat(allocator.report().alerts()).isEmpty();
    }

    @Test
    void mustRaiseNoAlertForIdleMemoryThatMayBeKept() {
        List<MemorySegment> blocks = allocate(4_000, 2_048);
        pass(1);
        blocks.forEach(allocator::free);
        allocate(1, 64);
        pass(1);

        assertThat(allocator.stats().utilisation()).isLessThan(0.01);
        assertThat(events(AllocatorEvent.AlertRaised.class)).isEmpty();
    }

    @Test
    void mustRaiseNoAlertForTheFirstRequestsWhichAllMiss() {
        FixedPool pool = new FixedPool();
        allocator.watchPool("buffers", pool);
        pool.stats = new PoolStats(0, 1, 1, 1, 0, 0, 1);
        allocate(1, 64);
        pass(1);

        assertThat(events(AllocatorEvent.AlertRaised.class)).isEmpty();
        pool.stats = new PoolStats(0, 100, 100, 100, 0, 0, 100);
        pass(1);
        assertThat(events(AllocatorEvent.AlertRaised.class))
                .extracting(AllocatorEvent.AlertRaised::alert)
                .containsExactlyInAnyOrder(Alert.HIT_RATE, Alert.REUSE_RATIO);
    }

    @Test
    void mustRaiseAnAlertForATierWhoseRequestsMissOften() {
        reopen(AllocatorConfig.builder().retainedBytes(0));
        for (int i = 0; i < 100; i++) {
            allocate(2, 60_000).forEach(allocator::free);
        }
        pass(1);

        assertThat(events(AllocatorEvent.AlertRaised.class)).singleElement().satisfies(raised -> {
            assertThat(raised.alert()).isEqualTo(Alert.HIT_RATE);
            assertThat(raised.what()).startsWith("tier small");
        });
    }

    @Test
    void mustRaiseNoAlertForATierOfWhichEveryBlockIsAChunk() {
        for (int i = 0; i < 200; i++) {
            allocate(1, 100_000).forEach(allocator::free);
        }
        pass(1);

        AdaptiveReport.Tier large = allocator.report().tiers().getLast();
        assertThat(large.strategy()).isEqualTo(Adaptive.DIRECT);
        assertThat(large.stats().misses()).isGreaterThan(100);
        assertThat(events(AllocatorEvent.AlertRaised.class)).isEmpty();
    }

    /** Memory that is live all the time is not needed idle. */
    @Test
    void mustRetainWhatTheLoadOfATierSwingsByHoweverMuchIsLive() {
        allocate(5_000, 4_000);
        for (int i = 0; i < 130; i++) {
            allocate(100, 4_000).forEach(allocator::free);
            pass(1);
        }

        assertThat(events(AllocatorEvent.RetentionChanged.class))
                .first()
                .satisfies(change -> assertThat(change.to()).isLessThan(10 << 20));
    }

    @Test
    void mustTellPressureAboveTheSoftLimit() {
        reopen(AllocatorConfig.builder().limitBytes(4 << 20));
        List<Long> wanted = new ArrayList<>();
        allocator.addPressureListener(wanted::add);
        allocate(59, 64_000);
        pass(1);

        assertThat(events(AllocatorEvent.PressureReached.class)).hasSize(1);
        assertThat(wanted).hasSize(1).allMatch(bytes -> bytes > 0);
        assertThat(events(AllocatorEvent.AlertRaised.class)).anyMatch(alert -> alert.alert() == Alert.PRESSURE);
    }

    @Test
    void mustNotLetAListenerThatFailsHarmOthers() {
        allocator.close();
        allocator = open(AllocatorConfig.builder());
        allocator.addListener(event -> {
            throw new IllegalStateException("a bug");
        });
        allocator.addListener(events::add);
        allocate(10, 100);
        pass(1);

        assertThat(events(AllocatorEvent.ChunkTaken.class)).isNotEmpty();
    }

    @Test
    void mustLookAfterEverythingElseWhenAWatchedPoolFails() {
        for (Throwable thrown : List.of(new IllegalStateException("a bug"), new AssertionError("a bug"))) {
            events.clear();
            FixedPool failing = new FixedPool();
            failing.whenRead = () -> sneak(thrown);
            FixedPool sound = new FixedPool();
            sound.stats = new PoolStats(0, 50, 80, 1_000, 500, 0, 800);
            try (Registration one = allocator.watchPool("a failing one", failing);
                    Registration other = allocator.watchPool("sound", sound);
                    LogOf log = new LogOf(Class.forName("dev.ashlar.adaptive.internal.Pools"))) {
                assertThat(List.of(one, other)).doesNotContainNull();
                allocator.allocate(1_000_000, 8);
                pass(3);

                assertThat(events(AllocatorEvent.ChunkTaken.class)).isNotEmpty();
                assertThat(events(AllocatorEvent.AlertRaised.class))
                        .extracting(AllocatorEvent.AlertRaised::what)
                        .contains("pool sound");
                assertThat(allocator.report().pools()).containsOnlyKeys("sound");
                assertThat(log.messages()).singleElement().asString().contains("a failing one");
            } catch (ClassNotFoundException e) {
                throw new AssertionError(e);
            }
        }
    }

    @SuppressWarnings("unchecked") // that is the trick
    private static <E extends Throwable> void sneak(Throwable thrown) throws E {
        throw (E) thrown;
    }

    @Test
    void mustGoOnWhenAPressureListenerFails() {
        reopen(AllocatorConfig.builder().limitBytes(4 << 20));
        allocator.addPressureListener(wanted -> {
            throw new StackOverflowError("a bug");
        });
        allocate(59, 64_000);
        pass(1);

        assertThat(events(AllocatorEvent.PressureReached.class)).hasSize(1);
        assertThat(allocator.tryAllocate(4 << 20, 8)).isNull();
    }

    @Test
    void mustResizeAPoolByItsHitRateAndUse() {
        FixedPool pool = new FixedPool();
        Registration watching = allocator.watchPool("buffers", pool);
        for (int i = 1; i <= 65; i++) {
            pool.stats = new PoolStats(0, 50, 80L * i, 100L * i, 95L * i, 0, 80L * i);
            pass(1);
        }
        assertThat(pool.maxIdle).as("after many misses").isEqualTo(120);

        pool.maxIdle = 1_000;
        for (int i = 1; i <= 130; i++) {
            pool.stats = new PoolStats(0, 50, 5_200, 6_500 + i * 1_000L, 6_500, 0, 5_200);
            pass(1);
        }
        assertThat(pool.maxIdle).as("hardly used, and above what was too small").isEqualTo(144);
        assertThat(allocator.report().pools().get("buffers").maxIdle()).isEqualTo(144);
        assertThat(events(AllocatorEvent.RetentionChanged.class))
                .extracting(AllocatorEvent.RetentionChanged::what)
                .containsExactly("pool buffers", "pool buffers");
        watching.close();
        assertThat(allocator.report().pools()).isEmpty();
    }

    @Test
    void mustShrinkAPoolToTwiceWhatIsAcquiredHoweverLittleThatChanges() {
        FixedPool pool = new FixedPool();
        pool.maxIdle = 1_000;
        allocator.watchPool("buffers", pool);
        for (int i = 1; i <= 130; i++) {
            pool.stats = new PoolStats(0, 400, 400, 1_000L * i, 1_000L * i - 400, 0, 0);
            pass(1);
        }

        assertThat(pool.maxIdle).isEqualTo(800);
    }

    /** The owner of the pool may resize it at the same time. */
    @Test
    void mustNotResizeAPoolThatNeedsNoOtherBound() {
        FixedPool pool = new FixedPool();
        allocator.watchPool("buffers", pool);
        pool.stats = new PoolStats(0, 90, 100, 1_000, 1_000, 0, 100);
        pass(3);
        assertThat(pool.resizes).isZero();
    }

    @Test
    void mustEndTheAlertsOfAPoolThatIsWatchedNoMore() {
        FixedPool pool = new FixedPool();
        Registration watching = allocator.watchPool("buffers", pool);
        pool.stats = new PoolStats(0, 50, 80, 100, 50, 0, 80);
        pass(1);
        assertThat(allocator.report().alerts())
                .extracting(AllocatorEvent.AlertRaised::what)
                .containsOnly("pool buffers");

        watching.close();

        assertThat(allocator.report().alerts()).isEmpty();
        pass(1);
        assertThat(events(AllocatorEvent.AlertEnded.class)).isNotEmpty();
    }
}
