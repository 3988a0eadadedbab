package dev.ashlar.api.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.ashlar.api.AddressAllocator;
import dev.ashlar.api.Allocator;
import dev.ashlar.api.CapableAllocator;
import dev.ashlar.api.CheckingAllocator;
import dev.ashlar.api.Confinable;
import dev.ashlar.api.Inspectable;
import dev.ashlar.api.Limit;
import dev.ashlar.api.Owner;
import dev.ashlar.api.Retention;
import java.util.function.BinaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The capabilities that both composites have from their sides. */
class CompositeCapabilitiesTest {

    private final CapableAllocator capable = new CapableAllocator(1000);
    private final CheckingAllocator plain = new CheckingAllocator(1000);

    static Stream<Named<BinaryOperator<Allocator>>> composites() {
        return Stream.of(
                Named.of("fallback", Allocators::fallback),
                Named.of("segregated", (small, large) -> Allocators.segregated(100, small, large)));
    }

    @ParameterizedTest
    @MethodSource("composites")
    void mustOfferWhatBothSidesHave(BinaryOperator<Allocator> composite) {
        Allocator both = composite.apply(capable, new CapableAllocator(1000));
        assertThat(both.as(Owner.class)).isPresent();
        assertThat(both.as(Inspectable.class)).isPresent();
        assertThat(both.as(AddressAllocator.class)).isPresent();
        assertThat(both.as(Confinable.class)).isPresent();
        assertThat(both.as(Retention.class)).isEmpty();
        assertThat(both.as(Limit.class)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("composites")
    void mustNotOfferWhatOneSideLacks(BinaryOperator<Allocator> composite) {
        for (Allocator half : new Allocator[] {composite.apply(capable, plain), composite.apply(plain, capable)}) {
            assertThat(half.as(Owner.class)).isPresent();
            assertThat(half.as(Inspectable.class)).isEmpty();
            assertThat(half.as(AddressAllocator.class)).isEmpty();
            assertThat(half.as(Confinable.class)).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("composites")
    void mustAddUpBothSides(BinaryOperator<Allocator> composite) {
        Allocator both = composite.apply(capable, plain);
        capable.allocate(300);
        plain.allocate(50);
        assertThat(both.stats()).isEqualTo(capable.stats().plus(plain.stats()));
    }

    @ParameterizedTest
    @MethodSource("composites")
    void mustGiveTheFirstViewBackWhenTheSecondSideHasNone(BinaryOperator<Allocator> composite) {
        CapableAllocator refusing = new CapableAllocator(1000) {
            @Override
            public Allocator confined() {
                throw new IllegalStateException("no views today");
            }
        };
        Confinable confinable =
                composite.apply(capable, refusing).as(Confinable.class).orElseThrow();
        assertThatIllegalStateException().isThrownBy(confinable::confined).withMessage("no views today");
        assertThat(capable.openViews()).isZero();
    }
}
