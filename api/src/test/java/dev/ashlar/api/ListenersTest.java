package dev.ashlar.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.ashlar.api.support.Listeners;
import org.junit.jupiter.api.Test;

class ListenersTest {

    private final Listeners<String> listeners = new Listeners<>();

    /** Also of two that are equal. */
    @Test
    void mustRemoveWhatARegistrationAddedAndNothingElse() {
        Registration first = listeners.add("one");
        Registration second = listeners.add("one");
        Registration third = listeners.add("two");
        assertThat(listeners.now()).containsExactly("one", "one", "two");
        first.close();
        first.close();
        assertThat(listeners.now()).containsExactly("one", "two");
        third.close();
        assertThat(listeners.isEmpty()).isFalse();
        second.close();
        assertThat(listeners.isEmpty()).isTrue();
    }

    @Test
    @SuppressWarnings("NullAway") // on purpose
    void mustRefuseNone() {
        assertThatNullPointerException().isThrownBy(() -> listeners.add(null)).withMessage("listener");
        assertThat(listeners.isEmpty()).isTrue();
    }
}
