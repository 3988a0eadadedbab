package dev.ashlar.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class CapabilitiesTest {

    @Test
    void mustListInterfacesByTheirSimpleNames() {
        assertThat(new Capabilities(Set.of(Runnable.class, Comparable.class), 1, 1, LargeBlockPolicy.REFUSE)
                        .interfaceNames())
                .containsExactly("Comparable", "Runnable");
    }
}
