package dev.ashlar.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Evacuable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Resettable;
import dev.ashlar.api.Retention;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/**
 * A capability is found if and only if it is declared. Separate interfaces test the contract of each, through {@link
 * #whereDeclared}. If a capability is not declared, the test is that it is not found.
 */
interface CapabilityRules extends AllocatorUnderTestFactory {

    /** Every capability of {@code dev.ashlar.api}. */
    List<Class<?>> KNOWN = List.of(
            AddressAllocator.class,
            Confinable.class,
            Evacuable.class,
            Inspectable.class,
            Owner.class,
            Limit.class,
            Resettable.class,
            Retention.class);

    @Test
    default void capabilities_mustBeFoundIfAndOnlyIfTheyAreDeclared() {
        try (AllocatorUnderTest subject = subject()) {
            assertThat(KNOWN.stream()
                            .filter(known -> subject.allocator().as(known).isPresent()))
                    .as("capabilities found")
                    .containsExactlyInAnyOrderElementsOf(declaredLimits().capabilities().stream()
                            .filter(KNOWN::contains)
                            .toList());
            declaredLimits().capabilities().forEach(subject::capability); // other plugins' own too
        }
    }

    /** Tests a capability on an allocator without a limit or a reserve, or tests that it is not found. */
    default <T> void whereDeclared(Class<T> capability, BiConsumer<AllocatorUnderTest, T> test) {
        whereDeclared(capability, subject(), test);
    }

    /** Tests a capability, or tests that it is not found, and closes the allocator. */
    default <T> void whereDeclared(
            Class<T> capability, AllocatorUnderTest subject, BiConsumer<AllocatorUnderTest, T> test) {
        try (subject) {
            if (declaredLimits().capabilities().contains(capability)) {
                test.accept(subject, subject.capability(capability));
            } else {
                Optional<T> found = subject.allocator().as(capability);
                assertThat(found).as("a capability that is not declared").isEmpty();
            }
        }
    }
}
