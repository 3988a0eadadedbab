package dev.ashlar.heap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.api.Allocator;
import dev.ashlar.heap.Defragmentation.Budget;
import dev.ashlar.heap.Defragmentation.Strategy;
import dev.ashlar.heap.DefragmentationSchedule.Run;
import dev.ashlar.spi.AllocatorConfig;
import dev.ashlar.spi.AllocatorProviders;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When a schedule runs, on what it acts, and that it ends. */
class DefragmentationScheduleTest {

    private final Allocator allocator = AllocatorProviders.require("slab")
            .create(AllocatorConfig.builder().retainedBytes(0).build());
    private final HandleHeap heap = new HandleHeap(allocator);
    private final BlockingQueue<Run> runs = new LinkedBlockingQueue<>();

    @AfterEach
    void close() {
        heap.close();
        allocator.close();
    }

    /** Leaves one of so many blocks of 1 KiB live. */
    private void fill(int oneOf) {
        List<Handle> handles = new ArrayList<>();
        for (int i = 0; i < 8_000; i++) {
            handles.add(heap.allocate(1_000));
        }
        for (int i = 0; i < handles.size(); i++) {
            if (i % oneOf != 0) {
                heap.free(handles.get(i));
            }
        }
        allocator.trim();
    }

    private DefragmentationSchedule.Builder schedule() {
        return DefragmentationSchedule.builder(heap).onRun(runs::add);
    }

    @Test
    void mustDefragmentAtItsTimes() throws InterruptedException {
        fill(10);
        try (DefragmentationSchedule _ = schedule().every(Duration.ofMillis(1)).start()) {
            Run run = runs.poll(60, TimeUnit.SECONDS);
            assertThat(run).isNotNull();
            assertThat(run.strategy()).isEqualTo(Strategy.REORGANIZE); // many sparse slabs
            assertThat(run.before()).isGreaterThan(0.8);
            assertThat(run.after()).isLessThan(0.3);
            assertThat(run.result().isComplete()).isTrue();
            assertThat(run.result().bytesReleased()).isPositive();
        }
    }

    @Test
    void mustWorkInPassesOfItsBudget() throws InterruptedException {
        fill(10);
        Budget small = new Budget(Long.MAX_VALUE, 100, Duration.ofDays(1));
        try (DefragmentationSchedule _ =
                schedule().every(Duration.ofMillis(1)).budget(small).start()) {
            Run run = runs.poll(60, TimeUnit.SECONDS);
            assertThat(run).isNotNull();
            assertThat(run.result().moves()).isGreaterThan(100);
        }
    }

    @Test
    void mustDoNothingBelowItsThreshold() {
        fill(2);
        DefragmentationSchedule idle = schedule()
                .every(Duration.ofDays(1))
                .threshold(0.9)
                .strategy(Strategy.COALESCE)
                .start();
        idle.begin();
        assertThat(runs).isEmpty();
        idle.close();
        DefragmentationSchedule busy = schedule()
                .every(Duration.ofDays(1))
                .threshold(0.1)
                .strategy(Strategy.COALESCE)
                .start();
        busy.begin();
        assertThat(runs).hasSize(1);
        assertThat(runs.remove().strategy()).isEqualTo(Strategy.COALESCE);
        busy.close();
    }

    @Test
    void mustFollowACronExpression() {
        DefragmentationSchedule schedule = schedule().cron("0 */4 * * *").start();
        ZonedDateTime evening = ZonedDateTime.of(2026, 11, 29, 18, 30, 0, 0, ZoneId.of("UTC"));
        assertThat(schedule.untilNext(evening)).isEqualTo(Duration.ofMinutes(90));
        assertThat(schedule.untilNext(evening.plusMinutes(90))).isEqualTo(Duration.ofHours(4));
        schedule.close();
    }

    @Test
    void mustRunAgainAfterAListenerThatThrows() throws InterruptedException {
        fill(10);
        try (DefragmentationSchedule _ = DefragmentationSchedule.builder(heap)
                .every(Duration.ofMillis(1))
                .threshold(0)
                .onRun(run -> {
                    runs.add(run);
                    throw new IllegalStateException("planned by the test, in the listener");
                })
                .start()) {
            assertThat(runs.poll(60, TimeUnit.SECONDS)).isNotNull();
            assertThat(runs.poll(60, TimeUnit.SECONDS)).isNotNull();
        }
    }

    @Test
    void mustEndWithItsHeap() {
        DefragmentationSchedule schedule = schedule().every(Duration.ofDays(1)).start();
        heap.close();
        schedule.begin();
        assertThat(runs).isEmpty();
        schedule.close();
        schedule.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> schedule().every(Duration.ofDays(1)).start());
    }

    @Test
    void mustSayWhatIsWrongWithASetting() {
        assertThatIllegalStateException()
                .isThrownBy(() -> schedule().start())
                .withMessageContaining("every(interval) or cron(expression)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> schedule().every(Duration.ZERO))
                .withMessageContaining("PT0S");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> schedule().threshold(1.1))
                .withMessageContaining("1.1");
        assertThatIllegalArgumentException().isThrownBy(() -> schedule().cron("every hour"));
    }
}
