package dev.ashlar.nativememory.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.ashlar.nativememory.HugePages;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

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
    @EnabledOnOs(OS.LINUX)
    void mustRefuseAConfigurationWhoseNodesTheKernelRefuses() {
        assumeThat(NumaNodes.canBind()).isTrue();
        PageOptions missing = new PageOptions(HugePages.NEVER, "63", false, false);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Pages(Kernel.require(), missing, NumaNodes.parse("0,63")))
                .withMessageContaining("numa is '63', must be none here")
                .withMessageContaining("mbind failed with errno");
    }

    @Test
    void mustKnowTheNodesOfThisMachine() {
        assertThat(NumaNodes.ofMachine().numbers()).isNotEmpty();
    }
}
