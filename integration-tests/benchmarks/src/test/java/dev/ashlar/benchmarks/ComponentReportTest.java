package dev.ashlar.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ComponentReportTest {

    @Test
    void mustPrintARowForEachWayToHoldThings() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ComponentReport.print(new PrintStream(bytes, true, StandardCharsets.UTF_8), new int[] {100, 2_000}, 1_000);
        assertThat(bytes.toString(StandardCharsets.UTF_8).lines())
                .hasSize(2 + 2 * 2 * 2)
                .allMatch(line -> line.startsWith("|") && line.endsWith("|"))
                .filteredOn(line -> line.contains("| 2,000 |"))
                .filteredOn(line -> line.contains("ComponentStore"))
                .allMatch(line -> line.contains("| 36.2 ("));
    }

    @Test
    void bothMustHoldTheSame() {
        for (boolean inOrder : new boolean[] {true, false}) {
            try (Components components = new Components(1_500, inOrder).fill()) {
                double sum = 0.5 * 1_499 * 1_500 / 2;
                assertThat(components.scanStore()).isCloseTo(sum, within(1e-6));
                assertThat(components.scanStoreBySlices()).isCloseTo(sum, within(1e-6));
                assertThat(components.scanMap()).isCloseTo(sum, within(1e-6));
                assertThat(components.findInStore()).isCloseTo(sum, within(1e-6));
                assertThat(components.findInMap()).isCloseTo(sum, within(1e-6));
            }
        }
    }
}
