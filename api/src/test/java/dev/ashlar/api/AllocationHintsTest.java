package dev.ashlar.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.ashlar.api.AllocationHints.Access;
import dev.ashlar.api.AllocationHints.Lifetime;
import org.junit.jupiter.api.Test;

class AllocationHintsTest {

    @Test
    void mustKnowNothingAtFirst() {
        assertThat(AllocationHints.NONE).isEqualTo(new AllocationHints(Lifetime.MEDIUM, Access.RANDOM, null));
    }

    @Test
    void mustChangeOneHintAndKeepTheOthers() {
        AllocationHints hints = AllocationHints.NONE
                .withLifetime(Lifetime.LONG)
                .withAccess(Access.SEQUENTIAL)
                .withTag("index");
        assertThat(hints).isEqualTo(new AllocationHints(Lifetime.LONG, Access.SEQUENTIAL, "index"));
        assertThat(hints.withTag(null)).isEqualTo(new AllocationHints(Lifetime.LONG, Access.SEQUENTIAL, null));
        assertThat(hints.withLifetime(Lifetime.SHORT).access()).isEqualTo(Access.SEQUENTIAL);
        assertThat(hints.withAccess(Access.FREQUENT).lifetime()).isEqualTo(Lifetime.LONG);
    }

    @Test
    void mustNameWhatIsMissing() {
        assertThatNullPointerException()
                .isThrownBy(() -> AllocationHints.NONE.withLifetime(null))
                .withMessage("lifetime");
        assertThatNullPointerException()
                .isThrownBy(() -> AllocationHints.NONE.withAccess(null))
                .withMessage("access");
    }
}
