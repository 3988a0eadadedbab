package dev.ashlar.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ashlar.api.Resettable.ResetMode.KeepUpTo;
import org.junit.jupiter.api.Test;

class CapabilityDefaultsTest {

    /** Free runs of 100, 300 and 600 bytes between blocks, which do not count. */
    private static final Inspectable RUNS = visitor -> {
        visitor.chunk(0, 4096);
        visitor.slab(0, 4096, 512, 2);
        visitor.free(0, 100);
        visitor.live(100, 50);
        visitor.free(150, 300);
        visitor.live(450, 2000);
        visitor.free(2450, 600);
    };

    private static final Inspectable FULL = visitor -> visitor.live(0, 4096);

    @Test
    void mustTellExternalFragmentationByTheLargestFreeRun() {
        assertThat(RUNS.externalFragmentation()).isEqualTo(0.4);
    }

    @Test
    void mustTellTheShareOfFreeBytesInRunsThatAreTooSmall() {
        assertThat(RUNS.unusable(100)).isZero();
        assertThat(RUNS.unusable(101)).isEqualTo(0.1);
        assertThat(RUNS.unusable(600)).isEqualTo(0.4);
        assertThat(RUNS.unusable(601)).isEqualTo(1);
    }

    @Test
    void mustTellWhetherARequestFailsForLackOfMemoryOrBecauseItIsInPieces() {
        assertThat(RUNS.fragmentationIndex(600)).isEqualTo(-1);
        assertThat(RUNS.fragmentationIndex(1000)).isEqualTo(1 - 2.0 / 3);
        assertThat(RUNS.fragmentationIndex(2000)).isEqualTo(0.5);
        assertThat(RUNS.fragmentationIndex(1 << 30)).isGreaterThan(RUNS.fragmentationIndex(2000));
        assertThat(FULL.fragmentationIndex(1)).isZero();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RUNS.fragmentationIndex(0))
                .withMessage("byteSize is 0, must be 1 or more");
    }

    @Test
    void mustNotDivideByZeroWhenNothingIsFree() {
        assertThat(FULL.externalFragmentation()).isZero();
        assertThat(FULL.unusable(1)).isZero();
    }

    @Test
    void mustNotKeepANegativeNumberOfBytesOnReset() {
        assertThat(new KeepUpTo(0).byteSize()).isZero();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new KeepUpTo(-1))
                .withMessage("byteSize is -1, must be 0 or more");
    }
}
