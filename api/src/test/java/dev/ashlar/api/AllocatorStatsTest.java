package dev.ashlar.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AllocatorStatsTest {

    private static final AllocatorStats USED = AllocatorStats.builder()
            .requestedBytes(75)
            .allocatedBytes(100)
            .committedBytes(400)
            .metadataBytes(4)
            .liveBlocks(3)
            .allocations(10)
            .misses(1)
            .upstreamCalls(2)
            .refused(6)
            .invalidFrees(7)
            .peakCommittedBytes(600)
            .requestedAtPeakBytes(480)
            .build();

    /** All figures differ: each is the position of its setter in the alphabet, from 1. */
    private static AllocatorStats numbered() throws ReflectiveOperationException {
        AllocatorStats.Builder builder = AllocatorStats.builder();
        List<String> names = settable();
        for (String name : names) {
            AllocatorStats.Builder.class.getMethod(name, long.class).invoke(builder, names.indexOf(name) + 1L);
        }
        return builder.build();
    }

    private static List<String> settable() {
        List<String> names = new ArrayList<>();
        for (Method method : AllocatorStats.Builder.class.getMethods()) {
            if (method.getReturnType() == AllocatorStats.Builder.class) {
                names.add(method.getName());
            }
        }
        return names.stream().sorted().toList();
    }

    @Test
    void mustCountFreesAsWhatIsNoLongerLive() {
        assertThat(USED.frees()).isEqualTo(7);
    }

    @Test
    void mustCountAsHitsWhatDidNotGoUpstream() {
        assertThat(USED.hits()).isEqualTo(9);
        assertThat(USED.hitRate()).isEqualTo(0.9);
    }

    @Test
    void mustTellRatiosAsFractions() {
        assertThat(USED.internalFragmentation()).isEqualTo(0.25);
        assertThat(USED.utilisation()).isEqualTo(0.25);
        assertThat(USED.metadataRatio()).isEqualTo(0.01);
        assertThat(USED.realisedFragmentation()).isCloseTo(0.25, within(1e-12));
        assertThat(USED.committedOverRequested()).isCloseTo(400 / 75.0, within(1e-12));
    }

    @Test
    void mustNotDivideByZero() {
        assertThat(AllocatorStats.ZERO.hitRate()).isEqualTo(1);
        assertThat(AllocatorStats.ZERO.internalFragmentation()).isZero();
        assertThat(AllocatorStats.ZERO.utilisation()).isEqualTo(1);
        assertThat(AllocatorStats.ZERO.metadataRatio()).isZero();
        assertThat(AllocatorStats.ZERO.realisedFragmentation()).isZero();
        assertThat(AllocatorStats.ZERO.committedOverRequested()).isEqualTo(1);
        AllocatorStats idle = AllocatorStats.builder().committedBytes(1).build();
        assertThat(idle.committedOverRequested()).isInfinite();
    }

    @Test
    void mustTellEachFigureThatCanBeSetByItsName() throws ReflectiveOperationException {
        List<String> names = settable();
        Map<String, Long> figures = numbered().figures();
        assertThat(figures).containsOnlyKeys(names);
        for (String name : names) {
            assertThat(figures.get(name)).as(name).isEqualTo(names.indexOf(name) + 1L);
            assertThat(AllocatorStats.class.getMethod(name).invoke(numbered()))
                    .as(name)
                    .isEqualTo(figures.get(name));
        }
        assertThatThrownBy(() -> figures.put("misses", 0L)).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void mustAddUpEachFigure() throws ReflectiveOperationException {
        Map<String, Long> sum = numbered().plus(USED).figures();
        numbered()
                .figures()
                .forEach((name, value) -> assertThat(sum.get(name))
                        .as(name)
                        .isEqualTo(value + USED.figures().get(name)));
        assertThat(USED.plus(AllocatorStats.ZERO)).isEqualTo(USED);
    }

    @Test
    void mustBeEqualIfEveryFigureIs() throws ReflectiveOperationException {
        assertThat(USED.toBuilder().build()).isEqualTo(USED).hasSameHashCodeAs(USED);
        assertThat(AllocatorStats.builder().build()).isEqualTo(AllocatorStats.ZERO);
        assertThat(USED).isNotEqualTo(USED.figures());
        for (String name : settable()) {
            AllocatorStats.Builder other = USED.toBuilder();
            AllocatorStats.Builder.class.getMethod(name, long.class).invoke(other, -1);
            assertThat(other.build()).as(name).isNotEqualTo(USED);
        }
    }

    @Test
    void mustKeepWhatWasBuiltWhenTheBuilderGoesOn() {
        AllocatorStats.Builder builder = AllocatorStats.builder().misses(1);
        AllocatorStats first = builder.build();
        assertThat(builder.misses(2).build().misses()).isEqualTo(2);
        assertThat(first.misses()).isEqualTo(1);
    }

    @Test
    void mustReadWell() {
        assertThat(USED.toString())
                .startsWith("AllocatorStats{requestedBytes=75, allocatedBytes=100, ")
                .endsWith("requestedAtPeakBytes=480}");
    }
}
