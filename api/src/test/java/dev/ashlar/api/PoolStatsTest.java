package dev.ashlar.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PoolStatsTest {

    private static final PoolStats USED = new PoolStats(4, 2, 10, 40, 38, 4, 10);

    @Test
    void mustCountIdleAndLiveObjectsAsExisting() {
        assertThat(USED.size()).isEqualTo(6);
    }

    @Test
    void mustCountAsHitsWhatWasNotMade() {
        assertThat(USED.hits()).isEqualTo(30);
        assertThat(USED.hitRate()).isEqualTo(0.75);
    }

    @Test
    void mustTellHowManyAcquiresEachMadeObjectSaved() {
        assertThat(USED.reuseRatio()).isEqualTo(0.75);
    }

    @Test
    void mustNotTellANegativeReuseOfObjectsMadeAhead() {
        assertThat(new PoolStats(7, 1, 8, 1, 0, 0, 0).reuseRatio()).isZero();
    }

    @Test
    void mustNotDivideByZero() {
        assertThat(PoolStats.ZERO.hitRate()).isEqualTo(1);
        assertThat(PoolStats.ZERO.reuseRatio()).isZero();
    }
}
