package dev.ashlar.insight.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.sun.management.ThreadMXBean;
import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.AllocationHints;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.Owner;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.api.support.ForwardingAllocator;
import dev.ashlar.insight.rollout.Rollout.Phase;
import dev.ashlar.insight.rollout.RolloutReport.State;
import dev.ashlar.slab.Slab;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RolloutTest {

    private final Allocator control = Slab.allocator();
    private final Allocator treatment = Slab.allocator();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    @AfterEach
    void close() {
        control.close();
        treatment.close();
    }

    private Rollout.Builder builder() {
        return builder(treatment);
    }

    private Rollout.Builder builder(Allocator tried) {
        return Rollout.builder(control, tried)
                .checkedByHand()
                .clock(() -> now)
                .sampleEvery(1)
                .leastSamples(10)
                .latencyAtMost(99, 1e6);
    }

    private static boolean isOn(Allocator side, MemorySegment block) {
        return side.as(Owner.class).orElseThrow().isLive(block);
    }

    private static AllocationHints tag(int number) {
        return AllocationHints.NONE.withTag("tag " + number);
    }

    private Set<Integer> treatedTags(Rollout rollout) {
        Set<Integer> treated = new HashSet<>();
        for (int number = 0; number < 3000; number++) {
            MemorySegment block = rollout.allocate(16, 8, tag(number));
            if (isOn(treatment, block)) {
                treated.add(number);
            }
            rollout.free(block);
        }
        return treated;
    }

    @Test
    void mustKeepAKeyOnItsSideAndTheTreatedOnesWhenTheShareGrows() {
        Rollout rollout = builder().by(RolloutKey.TAG).share(0.1).start();
        Set<Integer> ofTenPercent = treatedTags(rollout);
        assertThat(ofTenPercent).hasSizeBetween(230, 370).isEqualTo(treatedTags(rollout));
        rollout.share(0.5);
        assertThat(treatedTags(rollout)).hasSizeBetween(1380, 1620).containsAll(ofTenPercent);
        rollout.share(0);
        assertThat(treatedTags(rollout)).isEmpty();
        rollout.share(1);
        assertThat(treatedTags(rollout)).hasSize(3000);
    }

    @Test
    void mustDivideAllocationsByChanceAndThreadsByTheirId() throws Exception {
        Rollout rollout = builder().share(0.3).start();
        for (int i = 0; i < 3000; i++) {
            rollout.free(rollout.allocate(16));
        }
        assertThat(treatment.stats().allocations()).isBetween(780L, 1020L);
        Rollout byThread = builder().by(RolloutKey.THREAD).share(0.5).start();
        for (int i = 0; i < 20; i++) {
            try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
                Callable<Integer> sides = () -> {
                    Set<Boolean> seen = new HashSet<>();
                    for (int j = 0; j < 50; j++) {
                        MemorySegment block = byThread.allocate(16);
                        seen.add(isOn(treatment, block));
                        byThread.free(block);
                    }
                    return seen.size();
                };
                assertThat(thread.submit(sides).get()).isEqualTo(1);
            }
        }
    }

    /** The share changes all the time, and every block is freed by another thread than its own. */
    @Test
    void mustFreeEachBlockOnItsSideWhileTheShareChanges() throws Exception {
        Rollout rollout = builder().start();
        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            List<Future<List<MemorySegment>>> work = new ArrayList<>();
            for (int thread = 0; thread < 2; thread++) {
                work.add(threads.submit(() -> allocateAndFree(rollout)));
            }
            for (int i = 0; i < 50; i++) {
                rollout.share((i % 11) / 10.0);
                rollout.check();
            }
            for (Future<List<MemorySegment>> blocks : work) {
                blocks.get().forEach(rollout::free);
            }
        }
        assertThat(rollout.stats().liveBlocks()).isZero();
        assertThat(rollout.stats().invalidFrees()).isZero();
        assertThat(rollout.report().treatment().errors()).isZero();
        assertThat(rollout.report().state()).isNotEqualTo(State.STOPPED);
    }

    private static List<MemorySegment> allocateAndFree(Rollout rollout) {
        List<MemorySegment> live = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            live.add(rollout.allocate(16 + i % 500));
            if (live.size() > 100) {
                rollout.free(live.remove(i % 100));
            }
        }
        return live;
    }

    private static void traffic(Rollout rollout, int requests) {
        for (int i = 0; i < requests; i++) {
            rollout.free(rollout.allocate(64));
        }
    }

    @Test
    void mustGoThroughItsPhasesWhenTheirTimeIsOverAndTheyHadTraffic() {
        Rollout rollout = builder()
                .phases(new Phase(0.2, Duration.ofMinutes(1)), new Phase(1, Duration.ofMinutes(2)))
                .start();
        traffic(rollout, 500);
        rollout.check();
        assertThat(rollout.share()).isEqualTo(0.2);
        now = now.plusSeconds(60);
        rollout.check();
        assertThat(rollout.share()).isEqualTo(1);
        now = now.plusSeconds(120);
        rollout.check();
        assertThat(rollout.report().state()).as("without traffic").isEqualTo(State.RUNNING);
        traffic(rollout, 500);
        rollout.check();
        RolloutReport report = rollout.report();
        assertThat(report.state()).isEqualTo(State.FINISHED);
        assertThat(report.comparisons()).extracting(Comparison::share).containsExactly(0.2, 1.0);
        assertThat(report.treatment().allocations().samples()).isEqualTo(500);
        assertThat(report.treatment().frees().samples()).isEqualTo(500);
        assertThat(report.control().allocations().samples()).isZero();
        assertThat(report.text()).contains("FINISHED in phase 2 of 2", "100.0 %", "control", "p50/90/99");
    }

    @Test
    void mustStayInAPhaseThatNeverEnds() {
        Duration never = Duration.ofSeconds(Long.MAX_VALUE);
        Rollout rollout = builder().phases(new Phase(1, never)).interval(never).start();
        traffic(rollout, 500);
        rollout.check();
        now = now.plus(Duration.ofDays(400_000));
        rollout.check();
        assertThat(rollout.report().state()).isEqualTo(State.RUNNING);
        rollout.close();
    }

    @Test
    void mustServeFromControlWhatTheTreatmentRefusesAndStop() {
        List<RolloutReport> stops = new ArrayList<>();
        Rollout rollout = builder(Allocators.limited(treatment, 100))
                .phases(Duration.ofMinutes(1))
                .onStop(stops::add)
                .start();
        rollout.share(1);
        MemorySegment early = rollout.allocate(60);
        traffic(rollout, 50);
        assertThat(rollout.stats().refused()).isZero();
        rollout.check();
        rollout.check();
        assertThat(stops).singleElement().satisfies(stop -> {
            assertThat(stop.state()).isEqualTo(State.STOPPED);
            assertThat(stop.stopped()).contains("the treatment refuses 98.04 %");
            assertThat(stop.text()).contains("stopped: the treatment refuses");
        });
        assertThat(rollout.share()).isZero();
        rollout.free(early);
        traffic(rollout, 10);
        assertThat(treatment.stats().liveBlocks()).isZero();
        assertThat(treatment.stats().allocations()).isEqualTo(1);
    }

    @Test
    void mustStopWhenTheTreatmentFails() {
        Allocator failing = new ForwardingAllocator(treatment) {
            @Override
            public @Nullable MemorySegment tryAllocate(long byteSize, long byteAlignment) {
                if (byteSize == 666) {
                    throw new UnsupportedOperationException("a defect");
                }
                return super.tryAllocate(byteSize, byteAlignment);
            }
        };
        Rollout rollout = builder(failing).share(1).start();
        assertThatIllegalArgumentException().isThrownBy(() -> rollout.allocate(-1));
        rollout.check();
        assertThat(rollout.share()).as("after an error of the caller").isEqualTo(1);
        assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> rollout.allocate(666));
        rollout.check();
        assertThat(rollout.share()).isZero();
        assertThat(rollout.report().stopped()).contains("1 allocations of the treatment failed");
        rollout.share(0.5);
        rollout.check();
        assertThat(rollout.report().state()).as("started again").isEqualTo(State.RUNNING);
    }

    @Test
    void mustStopByTheProgramAndNotMoveBlocksToTheTreatmentThen() {
        Allocator small = Allocators.limited(control, 100);
        Rollout rollout =
                Rollout.builder(small, treatment).checkedByHand().share(1).start();
        rollout.stop();
        MemorySegment block = rollout.allocate(60);
        assertThat(rollout.tryResize(block, 200, 1)).isNull();
        assertThat(isOn(control, block)).isTrue();
        rollout.free(block);
    }

    @Test
    void mustMakeNoObjectForACallThatIsNotSampled() {
        Rollout rollout = builder().share(0.5).sampleEvery(1 << 30).start();
        AddressAllocator addresses = rollout.as(AddressAllocator.class).orElseThrow();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        churn(addresses);
        long before = threads.getCurrentThreadAllocatedBytes();
        churn(addresses);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(1000);
    }

    private static void churn(AddressAllocator addresses) {
        for (int i = 0; i < 1000; i++) {
            addresses.freeAddress(addresses.allocateAddress(64, 8), 64);
        }
    }

    @Test
    void mustRefuseSettingsOutOfRange() {
        Rollout.Builder builder = builder();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.share(1.5))
                .withMessage("share is 1.5, must be 0 to 1");
        assertThatIllegalArgumentException().isThrownBy(() -> builder.share(Double.NaN));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.sampleEvery(3))
                .withMessageContaining("calls is 3");
        assertThatIllegalArgumentException().isThrownBy(builder::phases);
        assertThatIllegalArgumentException().isThrownBy(() -> builder.latencyAtMost(101, 2));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.memoryAtMost(0.5));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.interval(Duration.ZERO));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Rollout.builder(treatment, new ForwardingAllocator(control) {
                            @Override
                            public <T> Optional<T> as(Class<T> capability) {
                                return Optional.empty();
                            }
                        })
                        .start())
                .withMessageContaining("Owner");
    }
}
