package dev.ashlar.insight.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.AllocatorStats;
import dev.ashlar.insight.rollout.Guard.Margins;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GuardTest {

    private static final long MIB = 1 << 20;

    private final Guard guard = new Guard(new Margins(0.01, 90, 2, 1.5, 100));
    private final SideSamples control = new SideSamples();
    private final SideSamples treatment = new SideSamples();

    @BeforeEach
    void restart() {
        guard.restart(AllocatorStats.ZERO, AllocatorStats.ZERO, 0);
    }

    private String latency(int samples, long ofControl, long ofTreatment) {
        for (int i = 0; i < samples; i++) {
            control.allocated(0, ofControl);
            treatment.allocated(0, ofTreatment);
        }
        guard.collect(control, treatment);
        return String.valueOf(guard.judge(AllocatorStats.ZERO, AllocatorStats.ZERO, 0));
    }

    @Test
    void mustStopATreatmentThatTakesLonger() {
        assertThat(latency(99, 100, 250)).isEqualTo("null");
        assertThat(latency(1, 100, 250)).contains("90.00 th percentile", "250 ns", "100 ns", "2.00 times");
        assertThat(latency(100, 100, 190)).isEqualTo("null");
    }

    @Test
    void mustSeeABadEndAfterALongGoodTime() {
        for (int window = 0; window < 50; window++) {
            assertThat(latency(100, 100, 100)).isEqualTo("null");
        }
        assertThat(latency(100, 100, 300)).contains("301 ns");
    }

    private static AllocatorStats requests(long served, long refused) {
        return AllocatorStats.builder().allocations(served).refused(refused).build();
    }

    @Test
    void mustStopATreatmentThatRefusesMore() {
        assertThat(guard.judge(requests(1000, 0), requests(10, 89), 0)).isNull();
        assertThat(guard.judge(requests(1000, 0), requests(10, 90), 0)).contains("90.00 %", "control 0.00 %");
    }

    @Test
    void mustAllowRefusalsThatControlHasToo() {
        assertThat(guard.judge(requests(900, 100), requests(900, 100), 0)).isNull();
        assertThat(guard.judge(requests(1800, 200), requests(1800, 205), 0)).isNull();
        assertThat(guard.judge(requests(2700, 300), requests(2600, 405), 0)).contains("20.00 %", "control 10.00 %");
    }

    private static AllocatorStats memory(long requested, long committed) {
        return AllocatorStats.builder()
                .requestedBytes(requested)
                .committedBytes(committed)
                .build();
    }

    @Test
    void mustStopATreatmentThatTakesMoreMemory() {
        AllocatorStats ofControl = memory(100 * MIB, 120 * MIB);
        assertThat(guard.judge(ofControl, memory(100 * MIB, 190 * MIB), 0)).isNull();
        assertThat(guard.judge(ofControl, memory(100 * MIB, 200 * MIB), 0)).contains("committed", "1.50 times");
        assertThat(guard.judge(ofControl, memory(1000, 10 * MIB), 0))
                .as("of few blocks")
                .isNull();
        assertThat(guard.judge(AllocatorStats.ZERO, memory(1000, 100 * MIB), 0))
                .as("without a figure to compare")
                .isNull();
    }

    @Test
    void mustStopATreatmentThatFails() {
        guard.restart(AllocatorStats.ZERO, AllocatorStats.ZERO, 3);
        assertThat(guard.judge(AllocatorStats.ZERO, AllocatorStats.ZERO, 3)).isNull();
        assertThat(guard.judge(AllocatorStats.ZERO, AllocatorStats.ZERO, 5))
                .contains("2 allocations of the treatment failed");
    }
}
