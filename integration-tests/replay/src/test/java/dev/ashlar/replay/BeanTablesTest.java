package dev.ashlar.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ashlar.api.Allocator;
import dev.ashlar.api.Registration;
import dev.ashlar.api.compose.Allocators;
import dev.ashlar.buddy.Tlsf;
import dev.ashlar.metrics.Beans;
import dev.ashlar.metrics.Figure;
import dev.ashlar.metrics.Watched;
import dev.ashlar.slab.Slab;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.junit.jupiter.api.Test;

class BeanTablesTest {

    /** The cells of each line. */
    private static List<List<String>> cells() throws Exception {
        return new BeanTables(ManagementFactory.getPlatformMBeanServer())
                .text()
                .lines()
                .map(line -> List.of(line.split(" {2,}")))
                .toList();
    }

    @Test
    void mustShowEachFigureUnderItsTitleIfABeanHasNoLimit() throws Exception {
        try (Allocator slab = Slab.builder().limit("64MiB").build();
                Allocator tlsf = Tlsf.allocator();
                Allocator both = Allocators.fallback(slab, tlsf);
                Registration first = Beans.register(Watched.allocator("a", both));
                Registration second = Beans.register(Watched.allocator("b", slab));
                Registration third = Beans.register(Watched.allocator("c", both))) {
            assertThat(List.of(first, second, third)).doesNotContainNull();
            List<List<String>> cells = cells();
            assertThat(cells.getFirst())
                    .startsWith("Allocator", "requested", "committed", "limit", "live blocks", "allocations");
            int limit = cells.getFirst().indexOf("limit");
            assertThat(cells).hasSize(4).allSatisfy(row -> assertThat(row).hasSameSizeAs(cells.getFirst()));
            assertThat(cells).extracting(row -> row.get(limit)).containsExactly("limit", "-", "64.0 MiB", "-");
        }
    }

    private static Watched tier(String name, String figure, int value) {
        return Watched.of(
                "tier", name, () -> value, List.of(new Figure<>(figure, Figure.Kind.NUMBER, "One.", one -> one)));
    }

    @Test
    void mustShowTheFiguresOfAllBeansOfAType() throws Exception {
        try (Registration first = Beans.register(tier("a", "depth", 1));
                Registration second = Beans.register(tier("b", "width", 2))) {
            assertThat(List.of(first, second)).doesNotContainNull();
            assertThat(cells())
                    .containsExactly(List.of("Tier", "depth", "width"), List.of("a", "1", "-"), List.of("b", "-", "2"));
        }
    }
}
