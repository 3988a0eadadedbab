package dev.ashlar.insight;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SamplesTest {

    private static Samples samples(long count) {
        Samples samples = new Samples();
        LongStream.range(0, count).forEach(x -> samples.add(x, Map.of("misses", 10 * x)));
        return samples;
    }

    @Test
    void mustKeepValuesBesideTheirPointAndLeaveGaps() {
        Map<String, List<@Nullable Object>> columns = samples(3).columns();
        assertThat(columns.get("x")).containsExactly(0L, 1L, 2L);
        assertThat(columns.get("misses")).containsExactly(0L, 10L, 20L);
        assertThat(columns.get("refused")).containsOnlyNulls().hasSize(3);
    }

    @Test
    void mustStayBoundedAndKeepTheFirstAndTheRecentPast() {
        long count = 20L * Samples.MOST;
        Map<String, List<@Nullable Object>> columns = samples(count).columns();
        List<Long> x = columns.get("x").stream()
                .map(Number.class::cast)
                .map(Number::longValue)
                .toList();
        assertThat(x)
                .hasSizeLessThan(Samples.MOST)
                .isSorted()
                .doesNotHaveDuplicates()
                .startsWith(0L);
        assertThat(x.subList(x.size() - Samples.MOST / 2, x.size()))
                .isEqualTo(LongStream.range(count - Samples.MOST / 2, count)
                        .boxed()
                        .toList());
        for (int i = 2; i < x.size(); i++) { // the older, the coarser
            assertThat(x.get(i) - x.get(i - 1)).isLessThanOrEqualTo(x.get(i - 1) - x.get(i - 2));
        }
        for (int i = 0; i < x.size(); i++) {
            assertThat(columns.get("misses").get(i)).isEqualTo(10 * x.get(i));
        }
    }
}
