package dev.ashlar.adaptive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.ashlar.spi.AllocatorConfig;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Settings in code and by properties. */
class AdaptiveConfigTest {

    private static AdaptiveConfig from(Map<String, String> properties) {
        return AdaptiveConfig.of(AllocatorConfig.from(properties));
    }

    @Test
    void mustBeTheDefaultsIfNothingIsSet() {
        assertThat(from(Map.of())).isEqualTo(AdaptiveConfig.DEFAULTS);
        assertThat(AdaptiveConfig.DEFAULTS.with(to -> {})).isEqualTo(AdaptiveConfig.DEFAULTS);
        assertThat(AdaptiveConfig.of(Profile.GENERAL)).isEqualTo(AdaptiveConfig.DEFAULTS);
    }

    @Test
    void mustReadEveryKindOfKey() {
        AdaptiveConfig config = from(Map.of(
                "ashlar.adaptive.small.upTo", "1KiB",
                "ashlar.adaptive.medium.strategies", "tlsf, slab",
                "ashlar.adaptive.large.retainedShare", "0.1",
                "ashlar.adaptive.threadCaches", "false",
                "ashlar.adaptive.tracking", "detailed",
                "ashlar.adaptive.adaptation.decay", "30s",
                "ashlar.adaptive.adaptation.mostRetained", "8GB",
                "ashlar.adaptive.alerts.pressure", "0.75"));

        assertThat(config.small().upTo()).isEqualTo(1024);
        assertThat(config.medium().strategies()).containsExactly("tlsf", "slab");
        assertThat(config.large().retainedShare()).isEqualTo(0.1);
        assertThat(config.threadCaches()).isFalse();
        assertThat(config.tracking()).isEqualTo(AdaptiveConfig.Tracking.DETAILED);
        assertThat(config.adaptation().decay()).isEqualTo(Duration.ofSeconds(30));
        assertThat(config.adaptation().mostRetained()).isEqualTo(8_000_000_000L);
        assertThat(config.alerts().pressure()).isEqualTo(0.75);
    }

    @Test
    void mustPutWhatIsSetOverAProfile() {
        AdaptiveConfig config =
                from(Map.of("ashlar.adaptive.profile", "small-memory", "ashlar.adaptive.adaptation.decay", "5s"));

        assertThat(config)
                .isEqualTo(AdaptiveConfig.of(Profile.SMALL_MEMORY)
                        .with(to -> to.adaptation = to.adaptation.with(its -> its.decay = Duration.ofSeconds(5))));
        assertThat(config.large().strategies()).startsWith("tlsf");
        assertThat(config.adaptation().mostRetained()).isEqualTo(8 << 20);
    }

    @Test
    void mustPutPropertiesOverWhatIsSetInCode() {
        AdaptiveConfig typed = AdaptiveConfig.of(Profile.PRODUCTION).with(to -> to.tags = 7);
        AllocatorConfig config = AllocatorConfig.from(Map.of("ashlar.adaptive.softLimit", "0.5")).toBuilder()
                .settings(typed)
                .build();

        assertThat(AdaptiveConfig.of(config)).isEqualTo(typed.with(to -> to.softLimit = 0.5));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "small.upTo|128KiB|medium.upTo is 65536, must be at least small.upTo, which is 131072",
                "small.upTo|8Z|is no byte size",
                "small.strategies|Slab;|must be names of strategies",
                "small.retainedShare|0.75|add up to 1.5, must be 0 to 1",
                "softLimit|1.5|softLimit is 1.5, must be 0.1 to 1.0",
                "tags|-1|tags is -1, must be 0 to 1024",
                "adaptation.lowHitRate|0.995|highHitRate is 0.99, must be 0.995 to 1.0",
                "adaptation.sampling|2s|sampling is PT2S, must be PT0S to PT1S",
                "adaptation.growth|1|growth is 1.0, must be 1.01 to 10.0",
                "alerts.hysteresis|0.6|hysteresis is 0.6, must be 0.0 to 0.5",
                "alerts.pressur|0.9|Did you mean 'alerts.pressure'?",
                "profile|huge|must be one of general, high_throughput, small_memory, production"
            })
    void mustRefuseWithKeyValueAndWhatIsAllowed(String key, String value, String expected) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> from(Map.of("ashlar.adaptive." + key, value)))
                .withMessageContaining("ashlar.adaptive." + key)
                .withMessageContaining(value)
                .withMessageContaining(expected);
    }
}
