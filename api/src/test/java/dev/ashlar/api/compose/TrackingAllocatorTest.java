package dev.ashlar.api.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.tuple;

import com.example.Leaks;
import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.CapableAllocator;
import dev.ashlar.api.CheckingAllocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.InvalidBlockException;
import dev.ashlar.api.Owner;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TrackingAllocatorTest {

    private static final int PLACES = 20;

    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
    private final CapableAllocator upstream = new CapableAllocator(1 << 30);
    private final Allocator tracking = track(upstream);
    private final Tracked tracked = tracked(tracking);

    private Allocator track(Allocator allocator) {
        return Allocators.tracking(allocator, every().build());
    }

    private Tracking.Builder every() {
        return Tracking.builder()
                .bytesPerSample(Tracking.ALL)
                .clock(now::get)
                .unreachable(Tracking.Unreachable.IGNORED)
                .name("test");
    }

    private static Tracked tracked(Allocator allocator) {
        return allocator.as(Tracked.class).orElseThrow();
    }

    @AfterEach
    void freeAll() {
        upstream.close();
    }

    private void pass(Duration time) {
        now.updateAndGet(before -> before.plus(time));
    }

    private List<TrackedBlock> blocks() {
        List<TrackedBlock> blocks = new ArrayList<>();
        tracked.blocks(blocks::add);
        return blocks;
    }

    @Test
    void mustFindEveryPlantedLeak() throws InterruptedException {
        Collection<MemorySegment> leaked = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int place = 0; place < PLACES; place++) {
            int each = place;
            Runnable leak = () -> {
                for (int i = 0; i < 5; i++) {
                    leaked.add(Leaks.call(each, tracking::allocate, 100L * each));
                    tracking.free(tracking.allocate(64));
                }
            };
            threads.add(
                    place % 3 == 0
                            ? Thread.ofVirtual().start(leak)
                            : Thread.ofPlatform().name("leaker").start(leak));
        }
        for (Thread thread : threads) {
            thread.join();
        }

        TrackingReport report = tracked.report();
        assertThat(report.isExact()).isTrue();
        assertThat(report.liveBlocks()).isEqualTo(5 * PLACES);
        assertThat(report.liveBytes()).isEqualTo(upstream.stats().requestedBytes());
        assertThat(report.liveSites()).hasSize(PLACES).allSatisfy(site -> {
            assertThat(site.liveBlocks()).isEqualTo(5);
            assertThat(site.frames().getFirst().getClassName()).startsWith("com.example.Leaks$");
            assertThat(site.frames()).hasSizeLessThanOrEqualTo(8);
        });
        assertThat(report.liveSites().stream().map(TrackingReport.Site::liveBytes))
                .containsExactlyElementsOf(IntStream.range(0, PLACES)
                        .mapToObj(i -> 500L * (PLACES - 1 - i))
                        .toList());
        assertThat(blocks().stream().map(TrackedBlock::address))
                .containsExactlyInAnyOrderElementsOf(
                        leaked.stream().map(MemorySegment::address).toList());
        assertThat(blocks().stream().map(TrackedBlock::thread))
                .contains("leaker")
                .anyMatch(name -> name.matches("#\\d+"));

        tracking.freeAll(leaked);
        assertThat(tracked.report().liveSites()).isEmpty();
    }

    @Test
    void mustReportNothingThatWasFreedInAnyWay() {
        AddressAllocator addresses = tracking.as(AddressAllocator.class).orElseThrow();
        Allocator confined = tracking.as(Confinable.class).orElseThrow().confined();

        tracking.free(confined.allocate(10));
        confined.free(tracking.allocate(10));
        addresses.freeAddress(tracking.allocate(20).address(), 20);
        tracking.free(upstream.blockAt(addresses.allocateAddress(30), 30));
        tracking.freeAll(tracking.allocateAll(40, 8, 3));
        tracking.freeAll(tracking.allocateAll(new long[] {1, 2, 3}, 8));
        long[] batch = new long[3];
        addresses.allocateAddresses(50, 8, batch);
        addresses.freeAddresses(batch, 50);
        tracking.free(tracking.resize(tracking.allocate(60), 600, 8));
        addresses.freeAddress(addresses.resizeAddress(addresses.allocateAddress(70), 70, 7, 1), 7);
        addresses.freeAddress(addresses.tryResizeAddress(addresses.allocateAddress(80), 80, 800, 1), 800);
        addresses.freeAddress(addresses.tryAllocateAddress(90, 1, AllocationHints.NONE), 90);
        addresses.freeAddress(addresses.allocateAddress(90, 1, AllocationHints.NONE), 90);
        tracking.free(tracking.allocate(0));

        TrackingReport report = tracked.report();
        assertThat(report.liveBlocks()).isZero();
        assertThat(report.samples()).isZero();
        assertThat(report.sites().stream()
                        .mapToLong(TrackingReport.Site::allocatedBlocks)
                        .sum())
                .isEqualTo(upstream.stats().allocations());
        assertThat(report.sites())
                .allMatch(site ->
                        site.allocatedBlocks() == site.freedBlocks() && site.allocatedBytes() == site.freedBytes());
    }

    @Test
    void mustKeepABlockWhoseFreeIsRefused() {
        MemorySegment block = tracking.allocate(100);
        MemorySegment other = new CheckingAllocator(1 << 20).allocate(1);

        assertThatExceptionOfType(InvalidBlockException.class)
                .isThrownBy(() -> tracking.freeAll(List.of(block, other)));
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(
                        () -> tracking.as(AddressAllocator.class).orElseThrow().freeAddress(block.address(), 99));
        assertThat(tracking.tryResize(block, 1L << 40, 1)).isNull();

        assertThat(blocks())
                .singleElement()
                .satisfies(live -> assertThat(live.byteSize()).isEqualTo(100));
        assertThat(tracked.report().liveSites())
                .singleElement()
                .satisfies(site -> assertThat(site.freedBlocks()).isZero());
        tracking.free(block);
        assertThat(blocks()).isEmpty();
    }

    @Test
    void mustShowTheTagAndTheAgeOfABlock() {
        AllocationHints cache = AllocationHints.NONE.withTag("cache");
        tracking.allocate(100, 8, cache);
        pass(Duration.ofSeconds(3));
        tracking.allocate(200, 8);
        pass(Duration.ofSeconds(2));

        assertThat(blocks())
                .extracting(TrackedBlock::tag, TrackedBlock::age, TrackedBlock::byteSize, TrackedBlock::weight)
                .containsExactlyInAnyOrder(
                        tuple("cache", Duration.ofSeconds(5), 100L, 1.0),
                        tuple(null, Duration.ofSeconds(2), 200L, 1.0));
        assertThat(tracked.report().liveSites())
                .extracting(TrackingReport.Site::tag, TrackingReport.Site::oldest)
                .containsExactly(tuple(null, Duration.ofSeconds(2)), tuple("cache", Duration.ofSeconds(5)));
    }

    @Test
    void mustReportOnlyBlocksOfAnAge() {
        for (long byteSize : new long[] {100, 10}) {
            Leaks.call(0, tracking::allocate, byteSize);
            pass(Duration.ofSeconds(30));
        }
        Leaks.call(1, tracking::allocate, 1000);

        TrackingReport old = tracked.reportOlderThan(Duration.ofMinutes(1));

        assertThat(old.liveBytes()).isEqualTo(100);
        assertThat(old.liveSites()).singleElement().satisfies(site -> {
            assertThat(site.liveBlocks()).isEqualTo(1);
            assertThat(site.allocatedBlocks()).isEqualTo(2);
        });
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tracked.reportOlderThan(Duration.ofNanos(-1)))
                .withMessage("age is PT-0.000000001S, must not be negative");
    }

    @Test
    void mustTellHowFastEachPlaceGrows() {
        List<MemorySegment> buffers = new ArrayList<>();
        Leaks.call(0, tracking::allocate, 1000);
        List<TrackingReport> reports = new ArrayList<>();
        for (int second = 0; second < 11; second++) {
            for (int i = 0; i < 4; i++) {
                buffers.add(Leaks.call(1, tracking::allocate, 100)); // three of four are freed
            }
            buffers.subList(0, 3).forEach(tracking::free);
            buffers.clear();
            tracking.free(Leaks.call(2, tracking::allocate, 5000)); // the hottest, which does not grow
            pass(Duration.ofSeconds(1));
            reports.add(tracked.report());
        }

        TrackingReport before = reports.getFirst(); // each place has done something by then
        TrackingGrowth growth = reports.getLast().since(before);

        assertThat(growth.duration()).isEqualTo(Duration.ofSeconds(10));
        assertThat(growth.sites())
                .extracting(
                        TrackingGrowth.Site::growthBytesPerSecond,
                        TrackingGrowth.Site::allocatedBytesPerSecond,
                        TrackingGrowth.Site::freedBlocksPerSecond)
                .containsExactly(tuple(100.0, 400.0, 3.0), tuple(0.0, 0.0, 0.0), tuple(0.0, 5000.0, 1.0));
        assertThat(growth.hottest())
                .extracting(TrackingGrowth.Site::allocatedBytesPerSecond)
                .containsExactly(5000.0, 400.0);
        assertThat(growth.text())
                .startsWith(
                        "'test' in 10.0 s\n  grows by 100 bytes/s (allocated 400, freed 300), 1.0 blocks/s\n    at ")
                .doesNotContain("5000");
        assertThatIllegalArgumentException().isThrownBy(() -> before.since(before));
    }

    @Test
    void mustBeReachedThroughOtherDecorators() {
        Allocator limited = Allocators.limited(tracking, 1 << 20);
        MemorySegment block = limited.allocate(100);

        assertThat(tracked(limited).report().liveBlocks()).isEqualTo(1);
        limited.free(block);
        assertThat(tracked(limited).report().liveBlocks()).isZero();
    }

    @Test
    void mustForgetABlockThatWasFreedElsewhereWhenItsAddressIsUsedAgain() {
        AddressAllocator paper = new PaperAddresses();
        BlockTracker tracker = new BlockTracker(every().build());
        long address = paper.allocateAddress(8);

        tracker.allocated(address, 8, null);
        tracker.allocated(address, 16, null);

        TrackingReport report = tracker.report();
        assertThat(report.liveBlocks()).isEqualTo(1);
        assertThat(report.liveBytes()).isEqualTo(16);
        assertThat(report.sites()).extracting(TrackingReport.Site::freedBytes).contains(8L);
        tracker.checkInvariants();
    }

    @Test
    void mustSayWhichBlockIsUnreachable() throws InterruptedException {
        Allocator watching = Allocators.tracking(
                upstream, every().unreachable(Tracking.Unreachable.REPORTED).build());
        MemorySegment kept = Leaks.call(0, watching::allocate, 100);
        long dropped = Leaks.call(1, watching::allocate, 200).address();
        watching.free(Leaks.call(2, watching::allocate, 300));

        List<TrackedBlock> unreachable = new ArrayList<>();
        for (int i = 0; i < 200 && unreachable.isEmpty(); i++) {
            System.gc();
            Thread.sleep(10);
            tracked(watching).blocks(block -> {
                if (block.unreachable()) {
                    unreachable.add(block);
                }
            });
        }

        assertThat(unreachable).singleElement().satisfies(block -> {
            assertThat(block.address()).isEqualTo(dropped);
            assertThat(block.frames().getFirst().getClassName()).isEqualTo("com.example.Leaks$Second");
        });
        assertThat(tracked(watching).report().liveSites())
                .extracting(TrackingReport.Site::liveBytes, TrackingReport.Site::unreachableBlocks)
                .containsExactly(tuple(200L, 1L), tuple(100L, 0L));
        assertThat(watching.as(Owner.class).orElseThrow().isLive(kept)).isTrue();
    }

    @Test
    void mustCloseWhatItOwnsAndLeaveOpenWhatItViews() {
        tracking.close();
        assertThat(upstream.isClosed()).isFalse();

        Allocator owning = every().build().owning(upstream);
        owning.close();
        owning.close();

        assertThat(upstream.isClosed()).isTrue();
        assertThat(owning.isClosed()).isTrue();
    }

    @Test
    void reportMustBeReadable() {
        Leaks.call(0, size -> tracking.allocate(size, 8, AllocationHints.NONE.withTag("cache")), 100);
        pass(Duration.ofMillis(2500));

        assertThat(tracked.report().text()).startsWith("""
                        'test' has 1 live block of 100 bytes
                          100 bytes in 1 block, the oldest 2.5 s
                            tag 'cache'
                            at\s""").contains("com.example.Leaks$First.call(Leaks.java:");
    }

    @Test
    void settingsMustBeChecked() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Tracking.builder().bytesPerSample(0))
                .withMessage("bytesPerSample is 0, must be 1 or more. With 1 everything is tracked.");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Tracking.builder().objectsPerSample(0))
                .withMessage("objectsPerSample is 0, must be 1 or more. With 1 everything is tracked.");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Tracking.builder().frames(65))
                .withMessage("frames is 65, must be 1 to 64");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Tracking.builder().name(" "))
                .withMessage("name is ' ', must not be blank");
    }
}
