package dev.ashlar.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class AllocatorStatsTest {

    private static final AllocatorStats USED = new AllocatorStats(75, 100, 400, 500, 4, 3, 10, 1, 2, 6, 7, 600, 480);

    @Test
    void mustCountFreesAsWhatIsNoLongerLive() {
        assertThat(USED.frees()).isEqualTo(7);
    }

    @Test
    void mustCountAsHitsWhatDidNotGoUpstream() {
        assertThat(USED.hits()).isEqualTo(9);
        assertThat(USED.hitRate()).isEqualTo(0.9);
    }

    @Test
    void mustTellRatiosAsFractions() {
        assertThat(USED.internalFragmentation()).isEqualTo(0.25);
        assertThat(USED.utilisation()).isEqualTo(0.25);
        assertThat(USED.metadataRatio()).isEqualTo(0.01);
        assertThat(USED.realisedFragmentation()).isCloseTo(0.25, within(1e-12));
    }

    @Test
    void mustNotDivideByZero() {
        assertThat(AllocatorStats.ZERO.hitRate()).isEqualTo(1);
        assertThat(AllocatorStats.ZERO.internalFragmentation()).isZero();
        assertThat(AllocatorStats.ZERO.utilisation()).isEqualTo(1);
        assertThat(AllocatorStats.ZERO.metadataRatio()).isZero();
        assertThat(AllocatorStats.ZERO.realisedFragmentation()).isZero();
    }

    @Test
    void mustAddUpEachFigure() {
        AllocatorStats powersOfTwo = new AllocatorStats(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096);
        assertThat(powersOfTwo.plus(USED))
                .isEqualTo(new AllocatorStats(76, 102, 404, 508, 20, 35, 74, 129, 258, 518, 1031, 2648, 4576));
        assertThat(USED.plus(AllocatorStats.ZERO)).isEqualTo(USED);
    }
}
