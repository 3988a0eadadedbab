package dev.ashlar.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Owner;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.api.compose.Tracking;
import dev.ashlar.metrics.Health.Kind;
import dev.ashlar.metrics.Health.Reason;
import dev.ashlar.metrics.Health.Status;
import dev.ashlar.slab.Slab;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HealthCheckTest {

    private static final Health UP = new Health(Status.UP, List.of());

    private Instant now = Instant.EPOCH;
    private final Allocator slab = Slab.builder().build();
    private final List<MemorySegment> blocks = new ArrayList<>();

    @AfterEach
    void close() {
        Owner owner = slab.as(Owner.class).orElseThrow();
        blocks.stream().filter(block -> !slab.isClosed() && owner.isLive(block)).forEach(slab::free);
        slab.close();
    }

    private HealthCheck.Builder rules() {
        return HealthCheck.builder().clock(() -> now).window(Duration.ofMinutes(1));
    }

    private void pass(long seconds) {
        now = now.plusSeconds(seconds);
    }

    private void allocate(Allocator allocator, int count, long byteSize) {
        for (int i = 0; i < count; i++) {
            blocks.add(allocator.allocate(byteSize, 8));
        }
    }

    private static List<Kind> kinds(Health health) {
        return health.reasons().stream().map(Reason::kind).toList();
    }

    @Test
    void mustBeUpWithoutUse() {
        Health health = rules().of("main", slab).now();
        assertThat(health).isEqualTo(UP);
        assertThat(health.status()).isEqualTo(Status.UP);
    }

    @Test
    void mustBeDegradedByPressureAndNameFigureAndThreshold() {
        Allocator limited = Allocators.limited(slab, 1040); // ten blocks of 104 bytes
        HealthCheck check = rules().threshold(Kind.PRESSURE, 0.5, 0.9).of("net", limited);
        allocate(limited, 5, 100);
        assertThat(check.now().status()).isEqualTo(Status.UP); // at the threshold, not above it
        allocate(limited, 1, 100);
        Health degraded = check.now();
        assertThat(degraded.status()).isEqualTo(Status.DEGRADED);
        assertThat(degraded.reasons())
                .containsExactly(new Reason(
                        "net",
                        Kind.PRESSURE,
                        Status.DEGRADED,
                        0.6,
                        0.5,
                        "allocator 'net': 60.0 % of the limit are used"));
        allocate(limited, 4, 100);
        assertThat(check.now().status()).isEqualTo(Status.DOWN);
        blocks.forEach(limited::free);
        assertThat(check.now()).isEqualTo(UP);
    }

    @Test
    void mustBeDownByRefusalsUntilTheWindowHasPassed() {
        Allocator limited = Allocators.limited(slab, 1000);
        HealthCheck check = rules().threshold(Kind.PRESSURE, 1, 1).of("main", limited);
        allocate(limited, 1, 100);
        assertThat(limited.tryAllocate(2000, 8)).isNull();
        assertThat(check.now().reasons()).singleElement().satisfies(reason -> {
            assertThat(reason.kind()).isEqualTo(Kind.REFUSALS);
            assertThat(reason.status()).isEqualTo(Status.DOWN);
            assertThat(reason.figure()).isEqualTo(0.5);
        });
        pass(30);
        assertThat(kinds(check.now())).containsExactly(Kind.REFUSALS);
        pass(60);
        assertThat(check.now()).isEqualTo(UP);
    }

    @Test
    void mustJudgeTheHitRateOfTheWindowOnly() {
        HealthCheck check = rules().threshold(Kind.HIT_RATE, 0.999, 0).of("main", slab);
        allocate(slab, 999, 4096); // many chunks, and too few requests to judge
        assertThat(kinds(check.now())).doesNotContain(Kind.HIT_RATE);
        allocate(slab, 1, 4096);
        assertThat(kinds(check.now())).contains(Kind.HIT_RATE);
        pass(61);
        check.now();
        pass(61);
        for (int i = 0; i < 2000; i++) {
            slab.free(slab.allocate(4096, 8));
        }
        assertThat(kinds(check.now())).doesNotContain(Kind.HIT_RATE);
    }

    @Test
    void mustSeeMuchMemoryForFewBytes() {
        HealthCheck check = rules().threshold(Kind.HIT_RATE, 0, 0)
                .threshold(Kind.FRAGMENTATION, 0.5, 0.99)
                .of("main", slab);
        allocate(slab, 10_000, 4096);
        assertThat(check.now()).isEqualTo(UP);
        for (int i = 0; i < blocks.size(); i++) { // the last of each slab stays
            if (i % 16 != 0) {
                slab.free(blocks.get(i));
            }
        }
        assertThat(kinds(check.now())).containsExactly(Kind.FRAGMENTATION);
    }

    @Test
    void mustSeeOldBlocksGrow() {
        Tracking tracking =
                Tracking.builder().bytesPerSample(Tracking.ALL).clock(() -> now).build();
        Allocator tracked = Allocators.tracking(slab, tracking);
        HealthCheck check = rules().threshold(Kind.LEAKS, 1000, 5000)
                .leakAge(Duration.ofSeconds(20))
                .of("main", tracked);
        allocate(tracked, 15, 100);
        assertThat(check.now()).isEqualTo(UP);
        pass(30);
        assertThat(check.now().reasons()).singleElement().satisfies(reason -> {
            assertThat(reason.kind()).isEqualTo(Kind.LEAKS);
            assertThat(reason.figure()).isEqualTo(1500);
            assertThat(reason.text()).isEqualTo("allocator 'main': blocks older than 20 s grew by 1,500 bytes");
        });
        pass(61);
        check.now();
        pass(61);
        assertThat(check.now()).isEqualTo(UP); // they are old, and no more of them
        blocks.forEach(tracked::free);
        tracked.close();
    }

    @Test
    void mustBeDownOnceClosed() {
        HealthCheck check = rules().of("main", slab);
        slab.close();
        assertThat(kinds(check.now())).containsExactly(Kind.CLOSED);
        assertThat(check.now().status()).isEqualTo(Status.DOWN);
    }

    @Test
    void mustRefuseThresholdsOutOfRangeNamingThem() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HealthCheck.builder().threshold(Kind.PRESSURE, 0.9, 0.8))
                .withMessageContaining("PRESSURE are 0.9 and 0.8");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HealthCheck.builder().threshold(Kind.HIT_RATE, 0.5, 0.6))
                .withMessageContaining("HIT_RATE are 0.5 and 0.6");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HealthCheck.builder().threshold(Kind.REFUSALS, Double.NaN, 1))
                .withMessageContaining("NaN");
    }
}
