package dev.ashlar.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.ashlar.api.PoolConfig.Statistics;
import dev.ashlar.api.PoolConfig.Tracking;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PoolConfigTest {

    private static PoolConfig.Builder<StringBuilder> builder() {
        return PoolConfig.builder(StringBuilder::new);
    }

    @Test
    void mustHaveDefaultsThatDoNothingAndBoundNothing() {
        PoolConfig<StringBuilder> config = PoolConfig.of(StringBuilder::new);
        StringBuilder object = config.factory().get().append("kept");
        config.reset().accept(object);
        config.destroyer().accept(object);
        config.listener().on(PoolListener.Operation.CREATED, object);
        assertThat(object.toString()).isEqualTo("kept");
        assertThat(config.validator().test(object)).isTrue();
        assertThat(config.initialSize()).isZero();
        assertThat(List.of(config.maxIdle(), config.maxLive())).containsOnly(Pool.UNBOUNDED);
        assertThat(config.idleInterval()).isZero();
        assertThat(config.statistics()).isEqualTo(Statistics.RECORDED);
        assertThat(config.tracking()).isEqualTo(Tracking.OFF);
        assertThat(config.hasReset() || config.hasValidator() || config.hasListener())
                .as("has a reset, a validator or a listener")
                .isFalse();
    }

    @Test
    void mustHoldWhatTheBuilderWasGiven() {
        List<Object> told = new ArrayList<>();
        PoolConfig<StringBuilder> config = builder()
                .reset(object -> object.setLength(0))
                .validator(object -> object.capacity() < 100)
                .destroyer(told::add)
                .initialSize(3)
                .maxIdle(4)
                .maxLive(5)
                .idleInterval(Duration.ofSeconds(6))
                .statistics(Statistics.OFF)
                .listener((operation, object) -> told.add(operation))
                .tracking(Tracking.IDENTITY)
                .clock(() -> 7)
                .build();
        StringBuilder object = config.factory().get().append("lost");
        config.reset().accept(object);
        assertThat(object).isEmpty();
        object.ensureCapacity(200);
        assertThat(config.validator().test(object)).isFalse();
        config.destroyer().accept(object);
        config.listener().on(PoolListener.Operation.DISCARDED, object);
        assertThat(told).containsExactly(object, PoolListener.Operation.DISCARDED);
        assertThat(List.of(config.initialSize(), config.maxIdle(), config.maxLive()))
                .containsExactly(3, 4, 5);
        assertThat(config.idleInterval()).isEqualTo(Duration.ofSeconds(6));
        assertThat(config.statistics()).isEqualTo(Statistics.OFF);
        assertThat(config.tracking()).isEqualTo(Tracking.IDENTITY);
        assertThat(config.clock().getAsLong()).isEqualTo(7);
        assertThat(config.hasReset() && config.hasValidator() && config.hasListener())
                .as("has a reset, a validator and a listener")
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "-1, 3, 1, 'initialSize is -1, must be 0 to 2147483647'",
        "5, 4, 1, 'initialSize is 5, must be 0 to 4'",
        "0, -2, 1, 'maxIdle is -2, must be 0 to 2147483647'",
        "0, 0, 0, 'maxLive is 0, must be 1 to 2147483647'",
    })
    void mustNameTheValueAndItsRange(int initialSize, int maxIdle, int maxLive, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder()
                        .initialSize(initialSize)
                        .maxIdle(maxIdle)
                        .maxLive(maxLive)
                        .build())
                .withMessage(message);
    }

    @Test
    void mustTakeAnyInitialSizeWithoutABound() {
        assertThat(builder().initialSize(1000).build().initialSize()).isEqualTo(1000);
        assertThat(builder().initialSize(4).maxIdle(4).build().initialSize()).isEqualTo(4);
    }

    @Test
    void mustRefuseANegativeIdleInterval() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder().idleInterval(Duration.ofSeconds(-1)).build())
                .withMessage("idleInterval is PT-1S, must be zero (no bound) or more");
    }

    @Test
    void mustNotChangeWhenABuilderOfItIsUsedOn() {
        PoolConfig.Builder<StringBuilder> builder = builder().maxIdle(4);
        PoolConfig<StringBuilder> config = builder.build();
        builder.maxIdle(5);
        PoolConfig<StringBuilder> changed = config.toBuilder().maxLive(6).build();

        assertThat(config.maxIdle()).isEqualTo(4);
        assertThat(config.maxLive()).isEqualTo(Pool.UNBOUNDED);
        assertThat(changed.maxIdle()).isEqualTo(4);
        assertThat(changed.maxLive()).isEqualTo(6);
        assertThat(changed.hasReset() || changed.hasValidator() || changed.hasListener())
                .as("has a reset, a validator or a listener")
                .isFalse();
    }

    @Test
    void mustNameWhatIsMissing() {
        assertMissing("factory", builder -> PoolConfig.builder(null));
        assertMissing("reset", builder -> builder.reset(null));
        assertMissing("validator", builder -> builder.validator(null));
        assertMissing("destroyer", builder -> builder.destroyer(null));
        assertMissing("idleInterval", builder -> builder.idleInterval(null));
        assertMissing("statistics", builder -> builder.statistics(null));
        assertMissing("listener", builder -> builder.listener(null));
        assertMissing("tracking", builder -> builder.tracking(null));
        assertMissing("clock", builder -> builder.clock(null));
    }

    private static void assertMissing(String name, UnaryOperator<PoolConfig.Builder<StringBuilder>> change) {
        assertThatNullPointerException()
                .isThrownBy(() -> change.apply(builder()).build())
                .withMessage(name);
    }
}
