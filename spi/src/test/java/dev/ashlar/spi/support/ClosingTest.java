package dev.ashlar.spi.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Closing many things: each is closed once, and their exceptions are thrown at the end. */
class ClosingTest {

    private static List<Collection<String>> collections() {
        return List.of(new ConcurrentLinkedQueue<>(List.of("a", "b")), new ArrayList<>(List.of("a", "b")));
    }

    /** A chunk in use removes itself, cannot be closed, and adds itself again. */
    @ParameterizedTest
    @MethodSource("collections")
    void mustAskEachOnceAlsoIfItPutsItselfBack(Collection<String> things) {
        List<String> asked = new ArrayList<>();
        assertThatIllegalStateException()
                .isThrownBy(() -> Closing.each(things, thing -> {
                    asked.add(thing);
                    things.remove(thing);
                    if (asked.size() < 100) { // so that the test ends even if each one is closed again and again
                        things.add(thing);
                    }
                    throw new IllegalStateException(thing + " is in use");
                }))
                .withMessage("a is in use")
                .satisfies(
                        e -> assertThat(e.getSuppressed()).extracting("message").containsExactly("b is in use"));
        assertThat(asked).containsExactly("a", "b");
        assertThat(things).containsExactly("a", "b");
    }

    @Test
    void mustSuppressWhatFailsAfterAFailure() {
        List<String> ran = new ArrayList<>();
        IllegalStateException failure = new IllegalStateException("why they are closed");
        IllegalStateException inUse = new IllegalStateException("in use");
        Closing.after(
                failure,
                () -> {
                    ran.add("one");
                    throw inUse;
                },
                () -> ran.add("two"));
        Closing.after(failure, () -> {
            throw failure;
        });
        assertThat(ran).containsExactly("one", "two");
        assertThat(failure.getSuppressed()).containsExactly(inUse);
    }

    @Test
    void mustRunEveryStepAndThrowTheFirstFailureOnce() {
        List<String> ran = new ArrayList<>();
        IllegalStateException first = new IllegalStateException("first");
        assertThatIllegalStateException()
                .isThrownBy(() -> Closing.all(
                        () -> {
                            ran.add("one");
                            throw first;
                        },
                        () -> ran.add("two"),
                        () -> {
                            throw first;
                        }))
                .satisfies(e -> assertThat(e).isSameAs(first));
        assertThat(ran).containsExactly("one", "two");
        assertThat(first.getSuppressed()).isEmpty();
    }
}
