package dev.ashlar.adaptive.internal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A window of three passes. */
class SlidingWindowTest {

    private final SlidingWindow window = new SlidingWindow(3);

    @Test
    void mustForgetWhatHappenedBeforeItsLastPasses() {
        window.add(100, 100, 5_000);
        window.add(200, 110, 100);
        window.add(300, 110, 400);
        assertThat(window.hitRate()).isEqualTo(1 - 110 / 300.0);
        assertThat(window.highest()).isEqualTo(5_000);
        window.add(400, 110, 300);

        assertThat(window.requests()).isEqualTo(300);
        assertThat(window.hitRate()).isEqualTo(1 - 10 / 300.0);
        assertThat(window.highest()).isEqualTo(400);
        assertThat(window.swing()).isEqualTo(300);
        assertThat(window.lastMisses()).isZero();
    }

    @Test
    void mustKnowNothingWhenItIsClearedAndCountOnFromThere() {
        window.add(100, 100, 5_000);
        window.clear();
        assertThat(window.requests()).isZero();
        assertThat(window.hitRate()).isEqualTo(1);
        assertThat(window.highest()).isZero();
        window.add(150, 101, 10);
        assertThat(window.requests()).isEqualTo(50);
        assertThat(window.lastMisses()).isEqualTo(1);
    }

    @Test
    void mustCountNothingForTotalsThatHaveBecomeLess() {
        window.add(100, 50, 0);
        window.add(40, 20, 0);
        assertThat(window.requests()).isEqualTo(100);
        window.add(50, 21, 0);
        assertThat(window.requests()).isEqualTo(110);
        assertThat(window.hitRate()).isEqualTo(1 - 51 / 110.0);
    }
}
