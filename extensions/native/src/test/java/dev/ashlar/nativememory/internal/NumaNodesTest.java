package dev.ashlar.nativememory.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

/** The kernel's lists of nodes. */
class NumaNodesTest {

    @Test
    void mustReadRangesAndSingleNodes() {
        NumaNodes nodes = NumaNodes.parse("0-1,3\n");
        assertThat(nodes.numbers()).containsExactly(0, 1, 3);
        assertThat(nodes.mask()).isEqualTo(0b1011);
        assertThat(nodes.isOne()).isFalse();
        assertThat(NumaNodes.parse("0").isOne()).isTrue();
    }

    @Test
    void mustRefuseANodeThatIsMissingAndNameTheOthers() {
        NumaNodes nodes = NumaNodes.parse("0,3");
        nodes.require(3);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> nodes.require(1))
                .withMessageContaining("numa is '1'")
                .withMessageContaining("[0, 3]");
    }

    @Test
    void mustKnowTheNodesOfThisMachine() {
        assertThat(NumaNodes.ofMachine().numbers()).isNotEmpty();
    }
}
